/** Text from a model made safe for a C comment: printable ASCII, no comment delimiters, no line splice. */
export function printable(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, "?").replace(/\*\/|\/\*|\?\?|\\/g, "__");
  return safe.length > 120 ? `${safe.slice(0, 117)}...` : safe;
}
