import { hintFor } from "./hints.js";

/**
 * What vcgen has to say about a model, as data. Passes collect diagnostics in a `Diagnostics` and the
 * pipeline reports all of them together at the end of a stage.
 */
export type Severity = "error" | "warning" | "note";

export interface Diagnostic {
  /** Stable identifier, e.g. `import/truncated`: the stage, a slash, what is wrong. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence: what was found, with operator, shapes and the limit. */
  readonly message: string;
  /** The ONNX node, tensor or field it is about, as the model names it. */
  readonly origin?: string;
  /** What the user can do: an exporter flag, a quantizer option, a rewrite. */
  readonly hint?: string;
}

export class Diagnostics {
  readonly #list: Diagnostic[] = [];

  add(diagnostic: Diagnostic): void {
    this.#list.push(diagnostic);
  }

  error(code: string, message: string, about: { origin?: string; hint?: string } = {}): void {
    this.add(errorOf(code, message, about));
  }

  warning(code: string, message: string, about: { origin?: string; hint?: string } = {}): void {
    this.add({ code, severity: "warning", message, ...about });
  }

  note(code: string, message: string, about: { origin?: string; hint?: string } = {}): void {
    this.add({ code, severity: "note", message, ...about });
  }

  get list(): readonly Diagnostic[] {
    return this.#list;
  }

  get hasErrors(): boolean {
    return this.#list.some((d) => d.severity === "error");
  }

  /** Ends the stage: throws a `ModelError` with everything collected if any of it is an error. */
  throwIfErrors(): void {
    if (this.hasErrors) throw new ModelError(this.#list);
  }
}

/** The model cannot be compiled, or a check failed: exit code 1. */
export class ModelError extends Error {
  override readonly name = "ModelError";
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(formatDiagnostics(diagnostics));
  }
}

/** The command line or the API was used wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** A compiler, QEMU or another tool is missing or failed: exit code 3. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** Fails at once with a single diagnostic; for places where nothing further can be looked at. */
export function fail(code: string, message: string, about: { origin?: string; hint?: string } = {}): never {
  throw new ModelError([errorOf(code, message, about)]);
}

function errorOf(code: string, message: string, about: { origin?: string; hint?: string }): Diagnostic {
  const hint = about.hint ?? hintFor(code);
  return { code, severity: "error", message, ...about, ...(hint !== undefined && { hint }) };
}

export function formatDiagnostic(d: Diagnostic): string {
  const where = d.origin ? `${d.origin}: ` : "";
  const hint = d.hint ? `\n  hint: ${d.hint}` : "";
  return `${d.severity}[${d.code}]: ${where}${d.message}${hint}`;
}

/** Origins that a message shows before it only counts them. */
const shownOrigins = 4;

/** Diagnostics as text; those that say the same of several nodes together. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const key = JSON.stringify({ ...diagnostic, origin: undefined });
    const group = groups.get(key);
    if (group) group.push(diagnostic);
    else groups.set(key, [diagnostic]);
  }
  return [...groups.values()]
    .map((group) => {
      const origins = [...new Set(group.flatMap(({ origin }) => (origin ? [origin] : [])))];
      const more = origins.length - shownOrigins;
      const origin = origins.slice(0, shownOrigins).join(", ") + (more > 0 ? ` and ${more} more` : "");
      return formatDiagnostic({ ...group[0], origin });
    })
    .join("\n");
}
