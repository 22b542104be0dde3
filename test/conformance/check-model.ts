import { existsSync, readFileSync } from "node:fs";
import { describeComparison } from "../../src/7-verify/compare.js";
import { readGolden } from "../../src/7-verify/golden.js";
import { checkTarget, type GoldenResult, verifyModel } from "../../src/7-verify/verify.js";
import { compileGraph, type FrontEndOptions, readModel } from "../../src/compile.js";
import { Diagnostics, ModelError, ToolError } from "../../src/diagnostics/diagnostic.js";
import { externalReader } from "../../src/files/model-file.js";
import { type Graph, portsOf } from "../../src/ir/graph.js";
import type { Tensor } from "../../src/ir/tensor.js";
import { evaluate } from "../../src/reference/evaluate.js";
import type { Target } from "../../src/target/target.js";
import type { ModelSet } from "./sets.js";

/** What became of a model. */
export interface Outcome {
  /** One word for the set's expectations; a passed model's is how well its worst output agrees. */
  readonly status: string;
  readonly passed: boolean;
  /** What went wrong, for people. */
  readonly detail?: string;
  /** Each output that its tolerance.json let pass, with the reason given there. */
  readonly tolerances?: readonly string[];
}

/** Agreements from best to worst. `ort`: as far off as ONNX Runtime is from itself, unoptimised. */
const agreements = ["identical", "one-step", "float", "tolerance", "snr", "ort"];

/** Multiply-accumulates beyond which a model is not emulated, unless everything is. */
const maxEmulatedMacs = 20e6;

export interface CheckOptions {
  readonly host: Target;
  /** Targets under QEMU. */
  readonly emulated: readonly Target[];
  readonly everything: boolean;
}

/** Reference against recorded outputs, C on the host against the reference, and C on emulated targets. */
export async function checkModel(set: ModelSet, model: string, options: CheckOptions): Promise<Outcome> {
  try {
    return await check(set, model, options);
  } catch (error) {
    if (error instanceof ModelError) {
      const first = error.diagnostics.find((d) => d.severity === "error");
      return { status: `refused ${first?.code}`, passed: false, detail: error.message };
    }
    const kind = error instanceof ToolError ? "tool" : "defect";
    return { status: `failed ${kind}`, passed: false, detail: (error as Error).message };
  }
}

async function check(set: ModelSet, model: string, options: CheckOptions): Promise<Outcome> {
  const folder = `${set.folder}${model}`;
  const path = `${folder}/model.onnx`;
  const bytes = new Uint8Array(readFileSync(path));
  const base = { shapes: set.shapes[model] ?? {}, readExternal: externalReader(path) };
  const { graph, front, all } = await read(folder, bytes, base);
  const ports = portsOf(graph);
  const names = { inputs: all, outputs: ports.outputs.map((port) => port.name) };
  const { cases, tolerance } = await readGolden(folder, names);
  const tolerances = set.tolerance
    ? Object.fromEntries(names.outputs.map((name) => [name, set.tolerance!]))
    : tolerance;
  const report = await verifyModel(bytes, graph, cases, tolerances, {
    ...front,
    name: "model",
    model,
    targets: [options.host],
  });
  const judged = report.golden.map((result) => agreementOf(result, folder));
  const wrong = report.golden.filter((_, i) => judged[i] === "different");
  if (wrong.length > 0)
    return { status: "failed reference", passed: false, detail: wrong.map(show).join("; ") };
  const [host] = report.targets;
  if (host.differing > 0) return differs(host.target, host.firstDifference);

  const emulatedCases = options.everything ? cases : cases.slice(0, 1);
  const computed =
    options.emulated.length > 0 ? emulatedCases.map(({ inputs }) => evaluate(graph, inputs)) : [];
  for (const target of options.emulated) {
    const compiled = await compileGraph(graph, "", { ...front, name: "model", target });
    if (compiled.program.macs > maxEmulatedMacs && !options.everything) break;
    const { differing, bytes } = await checkTarget(compiled, target, emulatedCases, computed);
    if (differing > 0) return differs(target.name, `${differing} of ${bytes} bytes differ`);
  }
  const worst = Math.max(0, ...judged.map((agreement) => agreements.indexOf(agreement)));
  const loosened = set.tolerance ? [] : report.golden.filter(({ agreement }) => agreement === "tolerance");
  const used = loosened.map(({ case: name, output, reason }) => `${name} ${output}: ${reason}`);
  return { status: agreements[worst], passed: true, tolerances: used };
}

const differs = (target: string, detail: string | undefined): Outcome => ({
  status: `failed ${target}`,
  passed: false,
  detail,
});

interface Read {
  readonly graph: Graph<"quantized">;
  readonly front: FrontEndOptions;
  /** All of the model's inputs, those that became constants included. */
  readonly all: readonly string[];
}

/**
 * Reads the model. Where that is refused and operands that a compiler needs to know are inputs, as in
 * ONNX's node tests, it is read again with their recorded values: the integer vectors, all but the first, all.
 */
async function read(folder: string, bytes: Uint8Array, base: FrontEndOptions): Promise<Read> {
  const inputs = existsSync(`${folder}/input_0.pb`) ? await numberedInputs(folder, bytes) : [];
  const vectors = inputs.filter(([, { dtype, shape }]) => /int(32|64)/.test(dtype) && shape.length <= 1);
  let refusal: unknown;
  for (const constants of [[], vectors, inputs.slice(1), inputs]) {
    try {
      const front = { ...base, constants: Object.fromEntries(constants) };
      const graph = readModel(bytes, front, new Diagnostics());
      const all = inputs.length > 0 ? inputs.map(([name]) => name) : portsOf(graph).inputs.map((p) => p.name);
      return { graph, front, all };
    } catch (error) {
      refusal = error;
    }
  }
  throw refusal;
}

async function numberedInputs(folder: string, bytes: Uint8Array): Promise<[string, Tensor][]> {
  const { decodeModel } = await import("../../src/1-import/decode.js");
  const names = decodeModel(bytes, { diagnostics: new Diagnostics() }).graph.inputs.map(({ name }) => name);
  const { cases } = await readGolden(folder, { inputs: names, outputs: [] });
  return names.map((name) => [name, cases[0].inputs[name]]);
}

function agreementOf(result: GoldenResult, folder: string): string {
  if (result.agreement !== "different" || !existsSync(`${folder}/meta.json`)) return result.agreement;
  const output = JSON.parse(readFileSync(`${folder}/meta.json`, "utf8")).outputs[result.output];
  const largest = result.largest * (result.unit === "steps" ? output.step : 1);
  return largest <= output.noopt_maxdiff * 1.0001 ? "ort" : "different";
}

const show = (result: GoldenResult) => `${result.case} ${result.output}: ${describeComparison(result)}`;
