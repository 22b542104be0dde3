import { prune } from "../ir/editor.js";
import { consumers, type Node, type Port, portsOf, producers } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { invertPermutation } from "../ir/permute.js";

/**
 * `--io-layout native`: hands inputs and outputs over as the kernels hold them and saves the transposes
 * at the model's edges.
 *
 *   input x [1,80,100] -> Transpose -> u [1,100,80]     input x is u
 *   v [1,100,80] -> Transpose -> output y [1,80,100]    output y is v
 */
export const peelLayout: Pass<"kernel"> = {
  name: "peel-layout",
  summary: "hand inputs and outputs over in the kernels' layout",
  run(graph) {
    const ports = portsOf(graph);
    const uses = consumers(graph);
    const makers = producers(graph);
    const aliases = new Map<string, string>();
    const inputs = graph.inputs.map((name, i) => {
      const users = uses.get(name) ?? [];
      const perm = users.length > 0 && !graph.outputs.includes(name) ? commonPerm(users) : undefined;
      if (!perm) return { value: name, port: ports.inputs[i] };
      const value = users[0].outputs[0];
      for (const user of users) aliases.set(user.outputs[0], value);
      return { value, port: permuted(ports.inputs[i], perm) };
    });
    const isInput = new Set(inputs.map(({ value }) => value));
    const outputs = graph.outputs.map((name, i) => {
      const maker = makers.get(name);
      if (maker?.op !== "Transpose" || isInput.has(name)) return { value: name, port: ports.outputs[i] };
      return {
        value: maker.inputs[0],
        port: permuted(ports.outputs[i], invertPermutation(maker.attrs.perm as number[])),
      };
    });
    const resolve = (name: string) => aliases.get(name) ?? name;
    return prune({
      ...graph,
      inputs: inputs.map(({ value }) => value),
      outputs: outputs.map(({ value }) => resolve(value)),
      ports: { inputs: inputs.map(({ port }) => port), outputs: outputs.map(({ port }) => port) },
      nodes: graph.nodes
        .filter((node) => !node.outputs.some((name) => aliases.has(name)))
        .map((node) => ({ ...node, inputs: node.inputs.map(resolve) })),
    });
  },
};

/** The permutation if all users are the same Transpose. */
function commonPerm(users: readonly Node[]): readonly number[] | undefined {
  const key = JSON.stringify(users[0].attrs.perm);
  const same = users.every((user) => user.op === "Transpose" && JSON.stringify(user.attrs.perm) === key);
  return same ? (users[0].attrs.perm as readonly number[]) : undefined;
}

const permuted = (port: Port, perm: readonly number[]): Port => ({ ...port, perm });
