import { existsSync } from "node:fs";
import type { DType } from "../../src/ir/dtype.js";
import type { Attributes } from "../../src/ir/graph.js";
import { numel, type Shape, type Tensor, tensor } from "../../src/ir/tensor.js";
import type { Kernel } from "../../src/ops/kernel.js";
import type { Legalizer } from "../../src/ops/legalize.js";
import {
  type OpDefinition,
  OpError,
  type RawNode,
  type Reference,
  type ValueInfo,
} from "../../src/ops/op.js";
import { runKernels } from "./kernel-harness.js";
import { Run } from "./legalized-run.js";

export { onnxNodeTests } from "./onnx-node-tests.js";

/** What folders in src/ops export, put together. */
export interface Family {
  readonly ops: readonly OpDefinition[];
  readonly references: Readonly<Record<string, Reference>>;
  readonly legalizers: Readonly<Record<string, Legalizer>>;
  readonly kernels: readonly Kernel[];
}

/** Loads operator folders of src/ops and joins them. */
export async function loadFamily(...folders: readonly string[]): Promise<Family> {
  const paths = folders.flatMap((folder) =>
    ["op", "reference", "legalize", "scalar"].map((module) => `../../src/ops/${folder}/${module}.ts`),
  );
  const present = paths.filter((path) => existsSync(new URL(path, import.meta.url)));
  const modules: Partial<Family>[] = await Promise.all(present.map((path) => import(path)));
  return {
    ops: modules.flatMap((m) => m.ops ?? []),
    references: Object.assign({}, ...modules.map((m) => m.references)),
    legalizers: Object.assign({}, ...modules.map((m) => m.legalizers)),
    kernels: modules.flatMap((m) => m.kernels ?? []),
  };
}

/** A node with its inputs, as a model would have it. */
export interface NodeCase {
  readonly op: string;
  readonly inputs: readonly (Tensor | undefined)[];
  /** Attributes as decoded from a file. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly opset?: number;
  readonly outputs?: number;
  /** Indices of the inputs computed at run time; the others are constants. Default: the first. */
  readonly runtime?: readonly number[];
}

export interface Prepared {
  readonly op: string;
  readonly attrs: Attributes;
  readonly operands: readonly (Tensor | undefined)[];
  readonly constants: readonly number[];
  readonly outputs: readonly ValueInfo[];
}

/** Upgrades, reads the attributes and infers, as the importer does. */
export function prepare(all: Family, test: NodeCase): Prepared {
  const definition = all.ops.find((o) => o.name === test.op);
  if (!definition) throw new Error(`no operator ${test.op}`);
  const runtime = test.runtime ?? [0];
  const inputs = test.inputs.map((t, i): ValueInfo | undefined =>
    t && runtime.includes(i) ? { dtype: t.dtype, shape: t.shape } : t,
  );
  const raw: RawNode = { inputs, attributes: test.attributes ?? {} };
  const upgraded = definition.upgrade?.(raw, test.opset ?? 28) ?? raw;
  for (const name of Object.keys(upgraded.attributes)) {
    if (!(name in definition.attributes)) throw new OpError(`attribute "${name}" is not supported`);
  }
  const attrs = Object.fromEntries(
    Object.entries(definition.attributes).map(([name, read]) => [
      name,
      read(upgraded.attributes[name], name),
    ]),
  );
  const outputs = definition.infer(upgraded.inputs, attrs, test.outputs ?? 1);
  const operands = upgraded.inputs.map((info) => {
    if (!info) return undefined;
    const index = inputs.indexOf(info);
    return index >= 0 ? test.inputs[index] : (info as Tensor);
  });
  const constants = upgraded.inputs.flatMap((info, i) => (info?.data ? [i] : []));
  return { op: test.op, attrs, operands, constants, outputs };
}

/** Runs the reference; checks that its outputs are what `infer` said. */
export function runReference(all: Family, test: NodeCase): Tensor[] {
  const { op, attrs, operands, outputs } = prepare(all, test);
  const results = all.references[op](operands, attrs, test.outputs ?? 1);
  outputs.forEach((info, i) => {
    const got = results[i];
    if (got.dtype !== info.dtype || `${got.shape}` !== `${info.shape}`) {
      throw new Error(
        `${op}: reference gives ${got.dtype}[${got.shape}], infer ${info.dtype}[${info.shape}]`,
      );
    }
  });
  return results;
}

/** Legalizes the nodes and runs their kernels as C on the host, a program for each round of nodes. */
export function runAsC(all: Family, tests: readonly NodeCase[]): Tensor[][] {
  const runs = tests.map((test) => new Run(all, prepare(all, test)));
  for (let busy = true; busy; ) {
    const waiting = runs.flatMap((run) => {
      const next = run.next();
      return next ? [{ run, next }] : [];
    });
    const results = runKernels(waiting.map(({ next }) => next));
    waiting.forEach(({ run }, i) => {
      run.finish(results[i]);
    });
    busy = waiting.length > 0;
  }
  return runs.map((run) => run.results());
}

/** Legalizes the nodes and runs the references of the kernel-stage operators. */
export function runLegalized(all: Family, tests: readonly NodeCase[]): Tensor[][] {
  return tests.map((test) => {
    const run = new Run(all, prepare(all, test));
    for (let next = run.next(); next; next = run.next()) {
      run.finish(all.references[next.op](next.inputs, next.attrs, next.outputs.length));
    }
    return run.results();
  });
}

/** A tensor of 0, 1, 2, ... in a type that holds them. */
export const counting = (dtype: DType, shape: Shape): Tensor =>
  tensor(
    dtype,
    shape,
    Array.from({ length: numel(shape) }, (_, i) => i),
  );

export const int64s = (...values: readonly number[]): Tensor => tensor("int64", [values.length], values);

/** Shapes, types and bits of tensors, for `toEqual`: all NaNs are one, and -0 is not 0. */
export const bits = (tensors: readonly Tensor[]) =>
  tensors.map(({ dtype, shape, data }) => {
    const { buffer, byteOffset, byteLength } = withOneNaN(data);
    const bytes = Buffer.from(buffer, byteOffset, byteLength).toString("hex");
    return { dtype, shape: [...shape] as Shape, bytes };
  });

/** Which bits a NaN has is left to the processor, in JavaScript too. */
function withOneNaN(data: Tensor["data"]): Tensor["data"] {
  if (!(data instanceof Float32Array)) return data;
  const words = new Uint32Array(data.slice().buffer);
  return words.map((word) => ((word & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : word));
}
