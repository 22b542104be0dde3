import { type Tensor, zeros } from "../../ir/tensor.js";
import { eachIndex, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { parseEquation } from "./equation.js";
import type { EinsumAttributes } from "./op.js";

interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * Einsum in float32, operands taken from left to right, as ONNX Runtime does. First each operand is
 * summed over the labels that neither the output nor another operand has. Then the result so far is
 * multiplied by the next operand and summed over the labels that neither the output nor a later operand
 * has. A product has the axes that both operands have, then the left one's own, then the right one's.
 * Every sum starts from 0 and runs in row-major order of the left operand's axes; every product and
 * every sum is rounded to float32.
 */
const einsum: Reference<EinsumAttributes> = (inputs, { equation }) => {
  const { operands, output, sizes } = parseEquation(
    equation,
    inputs.map((t) => t!.shape),
  );
  const own = operands.map((labels, i) => {
    const elsewhere = new Set([...output, ...operands.filter((_, j) => j !== i).flat()]);
    return contract({ tensor: inputs[i]!, labels }, undefined, elsewhere);
  });
  const product = own.reduce((left, right, i) =>
    contract(left, right, new Set([...output, ...operands.slice(i + 1).flat()])),
  );
  const result = zeros(
    "float32",
    output.map((label) => sizes.get(label)!),
  );
  eachIndex(result.shape, (index, position) => {
    result.data[position] = at(product, output, index);
  });
  return [result];
};

/** The product of two operands, or one operand alone, summed over the labels not in `keep`. */
function contract(left: Labelled, right: Labelled | undefined, keep: ReadonlySet<string>): Labelled {
  const shared = left.labels.filter((label) => right?.labels.includes(label));
  const all = [...new Set([...shared, ...left.labels, ...(right?.labels ?? [])])];
  const kept = all.filter((label) => keep.has(label));
  const summed = all.filter((label) => !keep.has(label));
  const extent = (label: string) => Math.max(extentOf(left, label), right ? extentOf(right, label) : 1);
  const labels = [...kept, ...summed];
  const tensor = zeros("float32", kept.map(extent));
  const inner = summed.map(extent);
  eachIndex(tensor.shape, (outer, position) => {
    const term = (index: readonly number[]): number => {
      const full = [...outer, ...index];
      const value = at(left, labels, full);
      return right ? Math.fround(value * at(right, labels, full)) : value;
    };
    if (summed.length === 0) tensor.data[position] = term([]);
    else {
      let sum = 0;
      eachIndex(inner, (index) => {
        sum = Math.fround(sum + term(index));
      });
      tensor.data[position] = sum;
    }
  });
  return { tensor, labels: kept };
}

const extentOf = ({ tensor, labels }: Labelled, label: string): number =>
  labels.includes(label) ? tensor.shape[labels.indexOf(label)] : 1;

/** The element of an operand at an index over `labels`; dimensions of 1 are repeated. */
function at({ tensor, labels: own }: Labelled, labels: readonly string[], index: readonly number[]): number {
  const position = own.map((label, axis) => (tensor.shape[axis] === 1 ? 0 : index[labels.indexOf(label)]));
  return tensor.data[positionOf(tensor.shape, position)] as number;
}

export const references = { Einsum: einsum } as Record<string, unknown> as Record<string, Reference>;
