import { schedule } from "../../src/4-schedule/schedule.js";
import { lower } from "../../src/5-lower/lower.js";
import { emit } from "../../src/6-emit/emit.js";
import { runCompiled } from "../../src/7-verify/run-on-target.js";
import type { Compiled } from "../../src/compile.js";
import { Diagnostics } from "../../src/diagnostics/diagnostic.js";
import type { Graph, Node, Value } from "../../src/ir/graph.js";
import type { Tensor } from "../../src/ir/tensor.js";
import { kernels as copyKernels } from "../../src/ops/copy/scalar.js";
import type { Kernel } from "../../src/ops/kernel.js";
import type { Target } from "../../src/target/target.js";
import { type KernelCase, viewOf } from "./kernel-harness.js";

type Case = Omit<KernelCase, "kernel">;

/** A kernel-stage graph with every case as a node of its own, side by side. */
export function graphOf(cases: readonly Case[]): {
  readonly graph: Graph<"kernel">;
  readonly inputs: Record<string, Tensor>;
} {
  const values = new Map<string, Value>();
  const inputs: Record<string, Tensor> = {};
  const nodes = cases.map((test, c): Node => {
    const { node } = viewOf(test);
    const own = (name: string) => (name ? `n${c}_${name}` : "");
    test.inputs.forEach((t, i) => {
      if (!t) return;
      const name = own(node.inputs[i]);
      const constant = test.constants?.includes(i);
      values.set(name, { name, dtype: t.dtype, shape: t.shape, ...(constant ? { data: t.data } : {}) });
      if (!constant) inputs[name] = t;
    });
    test.outputs.forEach((info, i) => {
      const name = own(node.outputs[i]);
      if (info) values.set(name, { name, dtype: info.dtype, shape: info.shape });
    });
    return { ...node, name: `n${c}`, inputs: node.inputs.map(own), outputs: node.outputs.map(own) };
  });
  const outputs = nodes.flatMap((node) => node.outputs.filter((name) => name !== ""));
  return {
    graph: { stage: "kernel", name: "cases", inputs: Object.keys(inputs), outputs, values, nodes },
    inputs,
  };
}

/** The generated C of the cases, each with the best of `kernels`. Throws where all refuse. */
export async function compileCases(
  cases: readonly Case[],
  kernels: readonly Kernel[],
  target: Target,
): Promise<Pick<Compiled, "files" | "program"> & { readonly chosen: readonly string[] }> {
  const { graph } = graphOf(cases);
  const scheduled = schedule(graph, target, kernels, new Diagnostics());
  const program = lower(scheduled, "cases");
  const preamble = { version: "0", modelSha256: "", options: "" };
  const files = await emit(program, preamble, [], target.toolchain.flags);
  return { files, program, chosen: scheduled.steps.map((step) => step.selection.kernel.name) };
}

/**
 * The same in memory of the arena, each output as far into its input as its kernel says it may be. Gives
 * no outputs for cases whose kernel does not say so.
 */
export async function runOverlapping(
  cases: readonly Case[],
  kernels: readonly Kernel[],
  target: Target,
): Promise<(Tensor[] | undefined)[]> {
  const { graph, inputs } = graphOf(cases);
  const inArena = throughArena(graph);
  const scheduled = schedule(inArena, target, [...kernels, ...copyKernels], new Diagnostics());
  const offsets = [...scheduled.arena.offsets];
  const { buffers, storage } = scheduled.plan;
  let bytes = 0;
  const reserve = (size: number) => {
    const at = bytes;
    bytes = Math.ceil((bytes + size) / 16) * 16;
    return at;
  };
  for (const { id, bytes: size } of buffers) offsets[id] = reserve(size);
  const bufferOf = (name: string) => {
    const place = storage.get(name)!;
    if (place.kind !== "arena") throw new Error(`${name} is not in the arena`);
    return buffers[place.buffer];
  };
  const overlapping = new Set<string>();
  for (const { node, selection } of scheduled.steps) {
    const { overlap } = selection.accepted;
    if (!overlap) continue;
    overlapping.add(node.name);
    const [above, below] = [bufferOf(node.inputs[overlap.input]), bufferOf(node.outputs[0])];
    const distance = Math.ceil(overlap.distance / 4) * 4;
    offsets[below.id] = reserve(Math.max(distance + above.bytes, below.bytes));
    offsets[above.id] = offsets[below.id] + distance;
  }
  const program = lower({ ...scheduled, arena: { ...scheduled.arena, offsets, bytes } }, "cases");
  const preamble = { version: "0", modelSha256: "", options: "" };
  const files = await emit(program, preamble, [], target.toolchain.flags);
  const [results] = await runCompiled({ files, program } as unknown as Compiled, target, [inputs]);
  return graph.nodes.map((node, i) =>
    overlapping.has(node.name) ? inArena.outputs.slice(i, i + 1).map((name) => results[name]) : undefined,
  );
}

/** The graph with its inputs copied into the arena, and its outputs, one for each node, out of it. */
function throughArena(graph: Graph<"kernel">): Graph<"kernel"> {
  const values = new Map(graph.values);
  const copies: Node[] = [];
  const copy = (name: string, suffix: string): string => {
    const other = `${name}_${suffix}`;
    values.set(other, { ...values.get(name)!, name: other });
    copies.push({
      name: other,
      op: "vcgen.Duplicate",
      inputs: [name],
      outputs: [other],
      attrs: {},
      origin: [],
    });
    return other;
  };
  const inner = new Map(graph.inputs.map((name) => [name, copy(name, "in")]));
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => inner.get(name) ?? name),
  }));
  const before = copies.splice(0);
  const outputs = graph.outputs.map((name) => copy(name, "out"));
  return { ...graph, outputs, values, nodes: [...before, ...nodes, ...copies] };
}

/** Runs the cases on a target, under QEMU unless it is the host, and gives each one's outputs. */
export async function runOnCore(
  cases: readonly Case[],
  kernels: readonly Kernel[],
  target: Target,
): Promise<Tensor[][]> {
  const { graph, inputs } = graphOf(cases);
  const compiled = (await compileCases(cases, kernels, target)) as unknown as Compiled;
  const [results] = await runCompiled(compiled, target, [inputs]);
  return graph.nodes.map((node) => node.outputs.filter((name) => name !== "").map((name) => results[name]));
}
