import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "../diagnostics/diagnostic.js";
import { readTensor } from "../files/tensor-file.js";
import type { Tensor } from "../ir/tensor.js";

/**
 * A golden directory: `model.onnx` with `caseK/in.<tensor>.npy` and `caseK/out.<tensor>.npy`, or, as
 * ONNX's own node tests have it, `input_N.pb` and `output_N.pb` beside the model.
 */
export interface GoldenDirectory {
  readonly model: string;
  readonly cases: readonly GoldenCase[];
  readonly tolerance: Readonly<Record<string, Tolerance>>;
}

export interface GoldenCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** Loosens the judgement of one output, from `tolerance.json`: `{ "<tensor>": { "absolute": 1e-3, "reason": "..." } }`. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
  /** Least signal-to-noise ratio in dB. */
  readonly snr?: number;
  /** Most quantization steps between the two. */
  readonly steps?: number;
  readonly reason: string;
}

/** Reads a golden directory. `inputs` and `outputs` are the model's tensor names, for files that have only numbers. */
export async function readGolden(
  directory: string,
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): Promise<GoldenDirectory> {
  const entries = (await readdir(directory)).sort();
  const numbered = (name: string) => Number(/^case(\d+)$/.exec(name)?.[1]);
  const folders = entries.filter((e) => !Number.isNaN(numbered(e))).sort((a, b) => numbered(a) - numbered(b));
  const cases: GoldenCase[] = [];
  for (const folder of folders) cases.push(await readCase(join(directory, folder), folder));
  if (entries.some((entry) => /^(input|output)_\d+\.pb$/.test(entry))) {
    cases.push(await readNumberedCase(directory, entries, names));
  }
  if (cases.length === 0)
    throw new UsageError(`${directory} has no cases`, "golden directories hold caseK/in.<tensor>.npy");
  return { model: join(directory, "model.onnx"), cases, tolerance: await readTolerance(directory, entries) };
}

async function readCase(folder: string, name: string): Promise<GoldenCase> {
  const inputs: Record<string, Tensor> = {};
  const outputs: Record<string, Tensor> = {};
  for (const file of (await readdir(folder)).sort()) {
    const match = /^(in|out)\.(.+)\.(npy|pb)$/.exec(file);
    if (match) (match[1] === "in" ? inputs : outputs)[match[2]] = await readTensor(join(folder, file));
  }
  return { name, inputs, outputs };
}

async function readNumberedCase(
  directory: string,
  entries: readonly string[],
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): Promise<GoldenCase> {
  const inputs: Record<string, Tensor> = {};
  const outputs: Record<string, Tensor> = {};
  for (const file of entries) {
    const match = /^(input|output)_(\d+)\.pb$/.exec(file);
    if (!match) continue;
    const list = match[1] === "input" ? names.inputs : names.outputs;
    const name = list[Number(match[2])];
    if (name !== undefined)
      (match[1] === "input" ? inputs : outputs)[name] = await readTensor(join(directory, file));
  }
  return { name: "case0", inputs, outputs };
}

async function readTolerance(
  directory: string,
  entries: readonly string[],
): Promise<Record<string, Tolerance>> {
  if (!entries.includes("tolerance.json")) return {};
  const path = join(directory, "tolerance.json");
  const text = await readFile(path, "utf8");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
  const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
  const fits = isObject(parsed) && Object.values(parsed).every((t) => isObject(t) && "reason" in t);
  if (!fits)
    throw new UsageError(
      `${path} is no list of tolerances`,
      'write it as { "<output>": { "absolute": 1e-3, "reason": "why" } }',
    );
  return parsed as Record<string, Tolerance>;
}
