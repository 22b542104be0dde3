/** C11 and C++20 keywords and the names that generated files use themselves. */
const reserved = new Set(
  (
    "auto break case char const continue default do double else enum extern float for goto if inline int long register " +
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while " +
    "alignas alignof and and_eq asm atomic_cancel bitand bitor bool catch char8_t char16_t char32_t class co_await " +
    "co_return co_yield compl concept const_cast consteval constexpr constinit decltype delete dynamic_cast explicit " +
    "export false friend mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public " +
    "reinterpret_cast requires static_assert static_cast template this thread_local throw true try typeid typename " +
    "using virtual wchar_t xor xor_eq asm typeof main errno NULL arena arena_size ctx memcpy memset memmove"
  ).split(" "),
);

/** A C identifier in lower case that resembles `name`: letters, digits and single underscores. */
export function toIdentifier(name: string): string {
  const text = name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .toLowerCase();
  const start = /^[a-z]/.test(text) ? text : `t_${text}`;
  const short = start.slice(0, 48).replace(/_+$/, "");
  return reserved.has(short) || /^u?int\d+_t$|^size_t$|^float\d+_t$/.test(short) ? `${short}_` : short;
}

/** Gives every name an identifier of its own; the same names in the same order give the same ones. */
export class IdentifierPool {
  readonly #taken = new Set<string>();

  claim(name: string): string {
    const base = toIdentifier(name);
    let identifier = base;
    for (let i = 2; this.#taken.has(identifier); i++) identifier = `${base}_${i}`;
    this.#taken.add(identifier);
    return identifier;
  }
}
