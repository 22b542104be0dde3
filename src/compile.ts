import { createHash } from "node:crypto";
import { type ImportedNode, importOnnx } from "./1-import/index.js";
import { quantize } from "./2-quantize/index.js";
import { legalize } from "./3-legalize/legalize.js";
import { chooseForms, type Optimize } from "./4-schedule/choose-forms.js";
import { schedule } from "./4-schedule/schedule.js";
import { type Selection, selectKernels } from "./4-schedule/select-kernel.js";
import { toIdentifier } from "./5-lower/identifiers.js";
import { lower } from "./5-lower/lower.js";
import type { CProgram } from "./5-lower/program.js";
import { emit, type Files } from "./6-emit/emit.js";
import { type Diagnostic, Diagnostics } from "./diagnostics/diagnostic.js";
import { type Graph, type Node, portsOf } from "./ir/graph.js";
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
  /** Told of every node of the model and what the importer made of it. */
  readonly onNode?: (node: ImportedNode) => void;
}

export interface CompileOptions extends FrontEndOptions {
  readonly target: Target;
  /** Prefix of public C names; from the graph's name if absent. */
  readonly name?: string;
  /** `int8` (default): quantized inputs and outputs where the model's edges are; `float`: as ONNX has them. */
  readonly io?: "int8" | "float";
  /** `onnx` (default) or the kernels' channels-last layout. */
  readonly ioLayout?: "onnx" | "native";
  /** What kernels are chosen for; `balanced` (default) shares them where that is nearly free. */
  readonly optimize?: Optimize;
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
  const graph = importAndQuantize(bytes, options, diagnostics);
  diagnostics.throwIfErrors();
  return graph;
}

/** As `readModel`, but gives what is left of a model with errors, for later stages to look at. */
function importAndQuantize(
  bytes: Uint8Array,
  options: FrontEndOptions,
  diagnostics: Diagnostics,
): Graph<"quantized"> {
  const imported = importOnnx(bytes, options, diagnostics);
  options.observe?.("import", imported);
  return guarded(diagnostics, () =>
    quantize({ ...imported, ports: portsOf(imported) }, { diagnostics }, options.observe),
  );
}

/** What stages 1 to 4 make of a model, as far as the choice of kernels: also where parts of it are refused. */
export interface Examined {
  readonly reference: Graph<"quantized">;
  readonly graph: Graph<"kernel">;
  readonly selected: ReadonlyMap<Node, Selection>;
}

/** Collects in `diagnostics` all that is wrong with a model for a target, whichever stage finds it. */
export function examine(bytes: Uint8Array, options: CompileOptions, diagnostics: Diagnostics): Examined {
  const reference = importAndQuantize(bytes, options, diagnostics);
  return guarded(diagnostics, () => {
    const { graph } = legalizeFor(reference, options, diagnostics);
    const choices = selectKernels(graph, options.target, kernels, diagnostics);
    return { reference, graph, selected: chooseForms(choices, options.optimize) };
  });
}

/** What goes wrong in a graph that lacks its refused nodes is no news: then the refusals are what counts. */
function guarded<T>(diagnostics: Diagnostics, look: () => T): T {
  try {
    return look();
  } catch (error) {
    diagnostics.throwIfErrors();
    throw error;
  }
}

/** ONNX bytes -> C files. The same input gives the same output; nothing is read or written but `readExternal`. */
export async function compile(bytes: Uint8Array, options: CompileOptions): Promise<Compiled> {
  const diagnostics = new Diagnostics();
  const reference = importAndQuantize(bytes, options, diagnostics);
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
  const { target } = options;
  const { legalized, scheduled } = guarded(diagnostics, () => {
    const legalized = legalizeFor(reference, options, diagnostics);
    return {
      legalized,
      scheduled: schedule(legalized.graph, target, kernels, diagnostics, options.optimize),
    };
  });
  const program = lower(scheduled, toIdentifier(options.name ?? reference.name));
  const preamble = {
    version,
    modelSha256,
    options: `--io ${ioOf(options)} --io-layout ${layoutOf(options)} --optimize ${options.optimize ?? "balanced"}`,
  };
  const files = await emit(program, preamble, scheduled.arena.map, target.toolchain.flags);
  const report = buildReport(scheduled, program, modelSha256, legalized.modelMacs);
  return { files, report, diagnostics: diagnostics.list, program, reference };
}

const ioOf = ({ io = "int8" }: CompileOptions) => io;
const layoutOf = ({ ioLayout = "onnx" }: CompileOptions) => ioLayout;

function legalizeFor(
  reference: Graph<"quantized">,
  options: CompileOptions,
  diagnostics: Diagnostics,
): ReturnType<typeof legalize> {
  const how = { quantizedIo: ioOf(options) === "int8", nativeLayout: layoutOf(options) === "native" };
  return legalize(reference, how, { diagnostics }, options.observe);
}
