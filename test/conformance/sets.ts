import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GoldenDirectory } from "../../src/7-verify/golden.js";

/** Golden models outside of the project; the tests that need them are skipped where they are absent. */
export const sharedModels = fileURLToPath(new URL("../../../shared/models/", import.meta.url));

export const haveSharedModels = existsSync(sharedModels);

export interface ModelSet {
  readonly name: string;
  /** Folder of the set's golden directories. */
  readonly folder: string;
  /** Names of the golden directories, sorted. */
  readonly models: readonly string[];
  readonly shapes: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
  /** Judges every output so, in place of the general rule. */
  readonly tolerance?: GoldenDirectory["tolerance"][string];
}

/** Shapes of the models with dynamic axes, as in their recorded cases. */
const shapes = { qdq_dynaxes: { mel_input: [1, 80, 100] } };

/** A set of golden directories: a folder in `../shared/models`. */
export function modelSet(name: string): ModelSet {
  const folder = `${sharedModels}${name}/`;
  const models = readdirSync(folder)
    .filter((model) => existsSync(`${folder}${model}/model.onnx`))
    .sort();
  const onnxOwn = { relative: 1e-3, absolute: 1e-7, reason: "tolerance of ONNX's own node tests" };
  return { name, folder, models, shapes, ...(name === "onnx-node-tests" && { tolerance: onnxOwn }) };
}
