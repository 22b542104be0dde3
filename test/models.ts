import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type GoldenDirectory, readGolden } from "../src/7-verify/golden.js";
import { type Compiled, compileGraph, readModel } from "../src/compile.js";
import { Diagnostics } from "../src/diagnostics/diagnostic.js";
import { type Graph, portsOf } from "../src/ir/graph.js";
import { packageRoot } from "../src/package-root.js";
import { loadTarget } from "../src/target/load.js";

/** A golden directory of the tests. */
export interface TestModel {
  readonly name: string;
  readonly folder: string;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

export interface LoadedModel {
  readonly bytes: Uint8Array;
  readonly graph: Graph<"quantized">;
  readonly golden: GoldenDirectory;
}

/** Golden directories that are part of the project. */
export const bundledModels: readonly TestModel[] = [
  { name: "tinyvc", folder: join(packageRoot, "examples", "tinyvc") },
  ...below(join(packageRoot, "test", "models")),
];

const shared = join(packageRoot, "..", "shared", "models");

/** Integer models of `../shared/models`, which must agree with ONNX Runtime to the byte; none where it is not there. */
export const sharedIntegerModels: readonly TestModel[] = existsSync(shared)
  ? [
      ...below(join(shared, "layers")),
      ...["qdq", "qop_u8", "qop_s8", "qdq_sym_pt", "qdq_dynaxes", "qdq_dynamo"].map((form) => ({
        name: `tinyvc/${form}`,
        folder: join(shared, "tinyvc", form),
        ...(form === "qdq_dynaxes" && { shapes: { mel_input: [1, 80, 100] } }),
      })),
    ]
  : [];

export const sharedLayers = sharedIntegerModels.filter(({ name }) => !name.startsWith("tinyvc"));

function below(folder: string): TestModel[] {
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, folder: join(folder, name) }));
}

export async function loadModel({ folder, shapes }: TestModel): Promise<LoadedModel> {
  const bytes = new Uint8Array(readFileSync(join(folder, "model.onnx")));
  const graph = readModel(bytes, { shapes }, new Diagnostics());
  const ports = portsOf(graph);
  const names = { inputs: ports.inputs.map((p) => p.name), outputs: ports.outputs.map((p) => p.name) };
  return { bytes, graph, golden: await readGolden(folder, names) };
}

/** The C of a bundled model for a target. */
export async function compileModel(model: TestModel, target: string): Promise<Compiled> {
  const { graph } = await loadModel(model);
  return compileGraph(graph, "", { target: loadTarget(target), name: model.name.replace(/\W/g, "_") });
}
