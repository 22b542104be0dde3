import { type Compiled, type CompileOptions, compileGraph, modelHash } from "../compile.js";
import { type Graph, portsOf } from "../ir/graph.js";
import type { Tensor } from "../ir/tensor.js";
import { evaluate } from "../reference/evaluate.js";
import type { Target } from "../target/target.js";
import { type Comparison, compareTensors } from "./compare.js";
import { findFirstDifference } from "./first-difference.js";
import type { GoldenCase, GoldenDirectory } from "./golden.js";
import { toHeld, toOnnx } from "./ports.js";
import { runCompiled } from "./run-on-target.js";

export interface VerifyReport {
  readonly model: string;
  readonly ok: boolean;
  /** Reference against recorded outputs, by case and output. Empty where nothing was recorded. */
  readonly golden: readonly GoldenResult[];
  /** C against reference, by target. */
  readonly targets: readonly TargetResult[];
}

export interface GoldenResult extends Comparison {
  readonly case: string;
  readonly output: string;
}

export interface TargetResult {
  readonly target: string;
  readonly cases: number;
  readonly bytes: number;
  readonly differing: number;
  /** The first node in execution order whose C differs from the reference. */
  readonly firstDifference?: string;
}

export interface VerifyOptions extends Omit<CompileOptions, "target"> {
  readonly targets: readonly Target[];
  /** Named in the report. */
  readonly model: string;
}

/** Checks the reference against recorded outputs and the C for each target against the reference. */
export async function verifyModel(
  bytes: Uint8Array,
  reference: Graph<"quantized">,
  cases: readonly GoldenCase[],
  tolerance: GoldenDirectory["tolerance"],
  options: VerifyOptions,
): Promise<VerifyReport> {
  const computed = cases.map(({ inputs }) => evaluate(reference, inputs));
  const golden = cases.flatMap((recorded, i) => compareGolden(reference, recorded, computed[i], tolerance));
  const hash = modelHash(bytes);
  const targets: TargetResult[] = [];
  for (const target of options.targets) {
    const compiled = await compileGraph(reference, hash, { ...options, target });
    const result = await checkTarget(compiled, target, cases, computed);
    if (result.differing === 0) targets.push(result);
    else
      targets.push({
        ...result,
        firstDifference: await findFirstDifference(compiled, target, cases, options),
      });
  }
  const ok = golden.every((g) => g.agreement !== "different") && targets.every((t) => t.differing === 0);
  return { model: options.model, ok, golden, targets };
}

function compareGolden(
  graph: Graph<"quantized">,
  recorded: GoldenCase,
  computed: Readonly<Record<string, Tensor>>,
  tolerance: GoldenDirectory["tolerance"],
): GoldenResult[] {
  const floatInside = runsFloatKernels(graph);
  const scales = outputScales(graph);
  return Object.entries(recorded.outputs).map(([output, expected]) => ({
    case: recorded.name,
    output,
    ...compareTensors(expected, computed[output], {
      scale: scales.get(output),
      floatInside,
      tolerance: tolerance[output],
    }),
  }));
}

/** Scale of each float output that is a dequantized tensor. */
function outputScales(graph: Graph<"quantized">): Map<string, number> {
  const scales = new Map<string, number>();
  const ports = portsOf(graph);
  graph.outputs.forEach((value, i) => {
    const maker = graph.nodes.find((node) => node.outputs.includes(value));
    const scale = maker?.op === "DequantizeLinear" ? graph.values.get(maker.inputs[1])?.data : undefined;
    if (scale?.length === 1) scales.set(ports.outputs[i].name, Number(scale[0]));
  });
  return scales;
}

/**
 * Whether ONNX Runtime computes anything in float between the model's inputs and outputs: then a
 * dequantized tensor is read by something else than an output.
 */
function runsFloatKernels(graph: Graph<"quantized">): boolean {
  const quantizers = new Set(["QuantizeLinear", "DequantizeLinear"]);
  const floats = new Set<string>();
  for (const value of graph.values.values())
    if (value.dtype === "float32" && !value.data) floats.add(value.name);
  return graph.nodes.some(
    (node) => !quantizers.has(node.op) && [...node.inputs, ...node.outputs].some((name) => floats.has(name)),
  );
}

/** Runs the C on a target and counts the bytes in which its outputs differ from the reference. */
export async function checkTarget(
  compiled: Compiled,
  target: Target,
  cases: readonly GoldenCase[],
  computed: readonly Readonly<Record<string, Tensor>>[],
): Promise<TargetResult> {
  const results = await runCompiled(
    compiled,
    target,
    cases.map(({ inputs }) => inputs),
  );
  let [bytes, differing] = [0, 0];
  results.forEach((outputs, i) => {
    for (const port of compiled.program.outputs) {
      const expected = computed[i][port.onnx.name];
      const held = outputs[port.onnx.name];
      bytes += held.data.byteLength;
      differing +=
        differingBytes(toHeld(port, expected), held) + differingBytes(expected, toOnnx(port, held));
    }
  });
  return { target: target.name, cases: cases.length, bytes, differing };
}

/** Bytes in which two tensors differ. NaN is NaN: its sign and payload are no part of a result. */
function differingBytes(a: Tensor, b: Tensor): number {
  const view = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const [x, y] = [view(a), view(b)];
  const size = a.data.BYTES_PER_ELEMENT;
  let count = Math.abs(x.length - y.length);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] === y[i]) continue;
    const at = Math.floor(i / size);
    if (Number.isNaN(Number(a.data[at])) && Number.isNaN(Number(b.data[at]))) continue;
    count++;
  }
  return count;
}
