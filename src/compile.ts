import { createHash } from "node:crypto";
import { importOnnx } from "./1-import/index.js";
import { quantize } from "./2-quantize/index.js";
import { legalize } from "./3-legalize/legalize.js";
import { schedule } from "./4-schedule/schedule.js";
import { toIdentifier } from "./5-lower/identifiers.js";
import { lower } from "./5-lower/lower.js";
import type { CProgram } from "./5-lower/program.js";
import { emit, type Files } from "./6-emit/emit.js";
import { type Diagnostic, Diagnostics } from "./diagnostics/diagnostic.js";
import { type Graph, portsOf } from "./ir/graph.js";
import type { PassObserver } from "./ir/run-passes.js";
import type { Tensor } from "./ir/tensor.js";
import { kernels } from "./ops/registry.js";
import { buildReport, type Report } from "./report.js";
import type { Target } from "./target/target.js";
import { version } from "./version.js";

export interface FrontEndOptions {
  /** Shapes of inputs with dynamic axes, by tensor name. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Values of inputs that are decided while compiling, by tensor name: they become constants. */
  readonly constants?: Readonly<Record<string, Tensor>>;
  /** Reads tensor data that the model keeps in other files. */
  readonly readExternal?: (location: string, offset: number, length: number) => Uint8Array;
  /** Sees the graph after each pass. */
  readonly observe?: PassObserver;
}

export interface CompileOptions extends FrontEndOptions {
  readonly target: Target;
  /** Prefix of public C names; from the graph's name if absent. */
  readonly name?: string;
  /** `int8` (default): quantized inputs and outputs where the model's edges are; `float`: as ONNX has them. */
  readonly io?: "int8" | "float";
  /** `onnx` (default) or the kernels' channels-last layout. */
  readonly ioLayout?: "onnx" | "native";
}

export interface Compiled {
  /** Contents of the generated files by name. */
  readonly files: Files;
  readonly report: Report;
  readonly diagnostics: readonly Diagnostic[];
  readonly program: CProgram;
  /** The graph that the reference runs. */
  readonly reference: Graph<"quantized">;
}

/** Stages 1 and 2: the graph that the reference runs. Throws a `ModelError` with all that is wrong. */
export function readModel(
  bytes: Uint8Array,
  options: FrontEndOptions,
  diagnostics: Diagnostics,
): Graph<"quantized"> {
  const imported = importOnnx(bytes, options, diagnostics);
  diagnostics.throwIfErrors();
  options.observe?.("import", imported);
  return quantize({ ...imported, ports: portsOf(imported) }, { diagnostics }, options.observe);
}

/** ONNX bytes -> C files. The same input gives the same output; nothing is read or written but `readExternal`. */
export async function compile(bytes: Uint8Array, options: CompileOptions): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const reference = readModel(bytes, options, diagnostics);
  return compileGraph(reference, modelHash(bytes), options, diagnostics);
}

/** SHA-256 of a model, which every generated file names. */
export const modelHash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Stages 3 to 6, for a graph that has been read already. */
export async function compileGraph(
  reference: Graph<"quantized">,
  modelSha256: string,
  options: CompileOptions,
  diagnostics = new Diagnostics(),
): Promise<Compiled> {
  const { io = "int8", ioLayout = "onnx", target } = options;
  const legalized = legalize(
    reference,
    { quantizedIo: io === "int8", nativeLayout: ioLayout === "native" },
    { diagnostics },
    options.observe,
  );
  const scheduled = schedule(legalized.graph, target, kernels, diagnostics);
  const program = lower(scheduled, toIdentifier(options.name ?? reference.name));
  const preamble = { version, modelSha256, options: `--io ${io} --io-layout ${ioLayout}` };
  const files = await emit(program, preamble, scheduled.arena.map, target.toolchain.flags);
  const report = buildReport(scheduled, program, modelSha256, legalized.modelMacs);
  return { files, report, diagnostics: diagnostics.list, program, reference };
}
