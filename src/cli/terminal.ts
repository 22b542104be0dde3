import pc from "picocolors";
import { type Diagnostic, formatDiagnostics } from "../diagnostics/diagnostic.js";

/** Seconds an action may take before the user is told what is going on. */
const patience = 1000;

/** What commands write to: results on stdout, as text or as JSON; progress and diagnostics on stderr. */
export class Terminal {
  constructor(
    readonly json: boolean,
    readonly out: NodeJS.WritableStream = process.stdout,
    readonly err: NodeJS.WritableStream = process.stderr,
  ) {}

  /** Colours, where stdout is a terminal and the user has not turned them off. */
  readonly color = pc.createColors(pc.isColorSupported && process.stdout.isTTY === true);

  /** A line of the result, for people. */
  line(text = ""): void {
    if (!this.json) this.out.write(`${text}\n`);
  }

  /** The result for machines: with `--json`, the only thing on stdout. */
  result(value: unknown): void {
    if (this.json) this.out.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  /** A message beside the result. */
  note(text: string): void {
    this.err.write(`${text}\n`);
  }

  diagnostics(list: readonly Diagnostic[]): void {
    if (list.length > 0) this.note(formatDiagnostics(list));
  }

  /** Does something, and says so if it takes more than a second. */
  async progress<T>(what: string, action: () => Promise<T>): Promise<T> {
    const { dim } = pc.createColors(pc.isColorSupported && process.stderr.isTTY === true);
    const timer = setTimeout(() => this.note(dim(`${what} ...`)), patience);
    try {
      return await action();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Rows as columns of equal width, two spaces apart; columns of numbers, whatever heads them, to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths: number[] = [];
  const numeric: boolean[] = [];
  rows.forEach((row, r) => {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, String(cell).length);
      const isNumber = typeof cell === "number" || /^=?[\d.]*$/.test(cell);
      numeric[i] = (numeric[i] ?? true) && (isNumber || r === 0);
    });
  });
  return rows.map((row) =>
    row
      .map((cell, i) => (numeric[i] ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}
