/** clang-format's style for generated C. `CMakeLists.txt` and the tables in `_weights.c` are laid out by their templates. */
const style = JSON.stringify({
  BasedOnStyle: "LLVM",
  ColumnLimit: 110,
  IndentWidth: 4,
  ContinuationIndentWidth: 4,
  SortIncludes: "Never",
  AllowShortFunctionsOnASingleLine: "None",
  ReflowComments: false,
});

/** Formats C as clang-format does; the formatter is a WebAssembly module, so nothing need be installed. */
export async function formatC(source: string): Promise<string> {
  const { format } = await import("@wasm-fmt/clang-format");
  return format(source, "model.c", style);
}
