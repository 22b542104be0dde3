import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeModel } from "../../src/1-import/decode.js";
import { decodeTensorProto } from "../../src/1-import/tensor-proto.js";
import { Diagnostics } from "../../src/diagnostics/diagnostic.js";
import type { DType } from "../../src/ir/dtype.js";
import type { Attributes } from "../../src/ir/graph.js";
import { numel, type Shape, type Tensor, tensor } from "../../src/ir/tensor.js";
import { isRefused, type Kernel } from "../../src/ops/kernel.js";
import type { LegalizeBuilder, Legalizer } from "../../src/ops/legalize.js";
import {
  type OpDefinition,
  OpError,
  type RawNode,
  type Reference,
  type ValueInfo,
} from "../../src/ops/op.js";
import { hostTarget, type KernelCase, runKernels, viewOf } from "./kernel-harness.js";

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

interface Prepared {
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

interface PlannedNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Attributes;
}

/** The kernel-stage nodes of one legalized node, run one after the other. */
class Run {
  readonly #infos = new Map<string, ValueInfo>();
  readonly #values = new Map<string, Tensor>();
  readonly #constants = new Set<string>();
  readonly #nodes: PlannedNode[] = [];
  readonly #outputs: readonly string[];
  #step = 0;

  constructor(
    readonly all: Family,
    readonly prepared: Prepared,
  ) {
    const view = viewOf({ ...prepared, inputs: prepared.operands });
    view.node.inputs.forEach((name, i) => {
      if (!name) return;
      this.#infos.set(name, view.inputs[i]!);
      this.#values.set(name, prepared.operands[i]!);
      if (prepared.constants.includes(i)) this.#constants.add(name);
    });
    view.node.outputs.forEach((name, i) => {
      this.#infos.set(name, prepared.outputs[i]);
    });
    const legalized = all.legalizers[prepared.op]?.(view, this.#builder());
    if (!legalized) this.#nodes.push(view.node);
    this.#outputs = legalized ?? view.node.outputs;
  }

  #builder(): LegalizeBuilder {
    return {
      node: (op, inputs, output, attrs = {}) => {
        const name = `v${this.#infos.size}`;
        this.#infos.set(name, output);
        this.#nodes.push({ op, inputs, outputs: [name], attrs });
        return name;
      },
      constant: (base, value) => {
        const name = `${base}${this.#infos.size}`;
        this.#infos.set(name, value);
        this.#values.set(name, value);
        this.#constants.add(name);
        return name;
      },
      refuse: (message) => {
        throw new OpError(message, undefined, "unsupported");
      },
    };
  }

  next(): KernelCase | undefined {
    for (; this.#step < this.#nodes.length; this.#step++) {
      const node = this.#nodes[this.#step];
      if (node.op !== "vcgen.View") return this.#kernelCase(node);
      const { shape } = this.#infos.get(node.outputs[0])!;
      this.#values.set(node.outputs[0], { ...this.#values.get(node.inputs[0])!, shape });
    }
    return undefined;
  }

  #kernelCase({ op, inputs, outputs, attrs }: PlannedNode): KernelCase {
    const common = {
      op,
      attrs,
      inputs: inputs.map((name) => (name ? this.#values.get(name)! : undefined)),
      constants: inputs.flatMap((name, i) => (this.#constants.has(name) ? [i] : [])),
      outputs: outputs.map((name) => (name ? this.#infos.get(name)! : undefined)),
    };
    const refusals: string[] = [];
    for (const kernel of this.all.kernels) {
      if (!kernel.ops.includes(op)) continue;
      const answer = kernel.accept(viewOf(common), hostTarget);
      if (!isRefused(answer)) return { ...common, kernel };
      refusals.push(answer.refused);
    }
    throw new Error(`no kernel for ${op}: ${refusals.join("; ")}`);
  }

  finish(outputs: readonly Tensor[]): void {
    const node = this.#nodes[this.#step++];
    node.outputs
      .filter((name) => name)
      .forEach((name, i) => {
        this.#values.set(name, outputs[i]);
      });
  }

  results(): Tensor[] {
    return this.#outputs.map((name) => this.#values.get(name)!);
  }
}

const nodeTests = fileURLToPath(new URL("../../../shared/models/onnx-node-tests/", import.meta.url));

export interface OnnxNodeTest {
  readonly name: string;
  readonly node: NodeCase;
  readonly expected: readonly Tensor[];
}

/** The ONNX project's own tests whose only node is one of these operators; none where they are not there. */
export function onnxNodeTests(ops: readonly string[]): OnnxNodeTest[] {
  if (!existsSync(nodeTests)) return [];
  return readdirSync(nodeTests).flatMap((name) => {
    const folder = `${nodeTests}${name}/`;
    const read = (file: string) => new Uint8Array(readFileSync(folder + file));
    if (!ops.some((op) => Buffer.from(read("model.onnx")).includes(op))) return [];
    const { graph, opsets } = decodeModel(read("model.onnx"), { diagnostics: new Diagnostics() });
    const [node] = graph.nodes;
    if (graph.nodes.length !== 1 || !ops.includes(node.opType)) return [];
    const inputs = new Map<string, Tensor>();
    graph.inputs.forEach((input, i) => {
      inputs.set(input.name, decodeTensorProto(read(`input_${i}.pb`)));
    });
    for (const { name: initializer, tensor } of graph.initializers)
      if (tensor) inputs.set(initializer, tensor);
    const test: OnnxNodeTest = {
      name,
      node: {
        op: node.opType,
        inputs: node.inputs.map((input) => inputs.get(input)),
        attributes: Object.fromEntries(node.attributes),
        opset: opsets.get("") ?? 1,
        outputs: node.outputs.length,
      },
      expected: node.outputs.map((_, i) => decodeTensorProto(read(`output_${i}.pb`))),
    };
    return [test];
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
