/** A helper function with what stands before it: its comment, and tables it alone reads. */
interface Helper {
  readonly text: string;
  readonly names: readonly string[];
}

/**
 * The helpers that kernels call, or that these call in turn: a compiler may warn of the others. Libraries
 * come in an order in which each function follows those it calls.
 */
export function usedHelpers(libraries: readonly string[], kernels: string): string[] {
  const kept: string[] = [];
  let users = kernels;
  for (const { text, names } of libraries.flatMap(helpersOf).reverse()) {
    if (!names.some((name) => new RegExp(`\\b${name}\\b`).test(users))) continue;
    kept.unshift(text);
    users += text;
  }
  return kept;
}

/** Splits a library after each function: a line that is only its closing brace, or a function on one line. */
function helpersOf(library: string): Helper[] {
  const helpers: Helper[] = [];
  let lines: string[] = [];
  for (const line of library.split("\n")) {
    lines.push(line);
    if (line !== "}" && !/^static .*\{.*\}$/.test(line)) continue;
    const text = lines.join("\n").trim();
    helpers.push({
      text,
      names: [...text.matchAll(/^static [^(=;]*?\b(\w+)\s*[([]/gm)].map(([, name]) => name),
    });
    lines = [];
  }
  const rest = lines.join("\n").trim();
  if (rest) throw new Error(`templates/lib: text after the last function: ${rest.slice(0, 60)}`);
  return helpers;
}
