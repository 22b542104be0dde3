import { permuteTensor } from "../../ir/permute.js";
import type { Shape } from "../../ir/tensor.js";
import type { Operand } from "../conv/to-kernel.js";
import { addMap } from "../elementwise/add-map.js";
import { type LegalizeBuilder, type Legalizer, transpose, view } from "../legalize.js";
import { buildProduct } from "../matmul/to-kernel.js";
import { addReduce } from "../reduce/legalize.js";
import { addTakeOfAxis } from "../take/build.js";
import { parseEquation } from "./equation.js";
import type { EinsumAttributes } from "./op.js";

/** A computed tensor and the labels of its axes. */
interface Labelled extends Operand {
  readonly labels: readonly string[];
}

/**
 * Einsum as sums, products and transposes, in the order its reference defines:
 * `bhtd,bhde,bht->bhte` becomes a MatMul of the first two and a Mul by the third.
 */
const einsum: Legalizer<EinsumAttributes> = ({ node, attrs, inputs }, build) => {
  const { operands, output } = parseEquation(
    attrs.equation,
    inputs.map((input) => input!.shape),
  );
  const own = operands.map((labels, i) => {
    const elsewhere = new Set([...output, ...operands.filter((_, j) => j !== i).flat()]);
    return sumOut(build, diagonal(build, { name: node.inputs[i], info: inputs[i]!, labels }), elsewhere);
  });
  let product = own[0];
  for (let i = 1; i < own.length; i++) {
    const later = new Set([...output, ...operands.slice(i + 1).flat()]);
    const next = multiply(build, product, own[i], later);
    if (!next) {
      return build.refuse(
        `Einsum "${attrs.equation}" sums over a dimension that one operand broadcasts`,
        "Expand the operand before the Einsum.",
      );
    }
    product = next;
  }
  return [arrange(build, product, output).name];
};

/** The operand with each label once: of axes that share a label the elements where they are equal. */
function diagonal(build: LegalizeBuilder, x: Labelled): Labelled {
  const second = x.labels.findIndex((label, axis) => x.labels.indexOf(label) < axis);
  if (second < 0) return x;
  const first = x.labels.indexOf(x.labels[second]);
  const axes = x.labels.map((_, axis) => axis).filter((axis) => axis !== second);
  const labels = axes.map((axis) => x.labels[axis]);
  const shape = axes.map((axis) => x.info.shape[axis]);
  const size = shape[first];
  const beside = permuted(build, x, axes.toSpliced(first + 1, 0, second));
  const square = viewAs(build, beside, shape.with(first, size * size), []);
  const info = { dtype: x.info.dtype, shape };
  const positions = Array.from({ length: size }, (_, i) => i * (size + 1));
  const data = { name: square.name, shape: square.info.shape };
  const name = addTakeOfAxis(build, data, info, first, positions);
  return diagonal(build, { name, info, labels });
}

/** Sums over the labels that nothing else has. */
function sumOut(build: LegalizeBuilder, x: Labelled, kept: ReadonlySet<string>): Labelled {
  const axes = x.labels.flatMap((label, axis) => (kept.has(label) ? [] : [axis]));
  if (axes.length === 0) return x;
  const summed = x.info.shape.map((d, axis) => (axes.includes(axis) ? 1 : d));
  const name = addReduce(build, "Sum", x.name, x.info, axes);
  const labels = x.labels.filter((label) => kept.has(label));
  const shape = x.info.shape.filter((_, axis) => !axes.includes(axis));
  return viewAs(build, { name, info: { dtype: "float32", shape: summed } }, shape, labels);
}

/** The product of two operands, summed over the labels that nothing later needs. */
function multiply(
  build: LegalizeBuilder,
  left: Labelled,
  right: Labelled,
  later: ReadonlySet<string>,
): Labelled | undefined {
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const inner = shared.filter((label) => !later.has(label));
  const batch = shared.filter((label) => later.has(label));
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  const size = (x: Labelled, labels: readonly string[]) => labels.map((label) => sizeOf(x, label));
  if (`${size(left, inner)}` !== `${size(right, inner)}`) return undefined;

  const flat = (sizes: readonly number[]) => sizes.reduce((n, d) => n * d, 1);
  const a = arrange(build, left, [...batch, ...rows, ...inner]);
  const b = arrange(build, right, [...batch, ...inner, ...columns]);
  const [m, k, n] = [size(left, rows), size(left, inner), size(right, columns)];
  const labels = [...batch, ...rows, ...columns];
  const both = batch.map((label) => Math.max(sizeOf(left, label), sizeOf(right, label)));
  const shape = [...both, ...m, ...n];
  const one = (sizes: readonly number[]) => sizes.map(() => 1);
  if (inner.length === 0) {
    const x = viewAs(build, a, [...size(left, batch), ...m, ...one(n)], labels);
    const y = viewAs(build, b, [...size(right, batch), ...one(m), ...n], labels);
    return {
      ...addMap(build, [x, y], { dtype: "float32", shape }, (p, u, v) => p.same("Mul", u, v)),
      labels,
    };
  }
  const x = viewAs(build, a, [...size(left, batch), flat(m), flat(k)], []);
  const y = viewAs(build, b, [...size(right, batch), flat(k), flat(n)], []);
  const name = buildProduct(build, { a: x, b: y, output: { kind: "float32" } });
  const info = { dtype: "float32" as const, shape: [...both, flat(m), flat(n)] };
  return viewAs(build, { name, info }, shape, labels);
}

const sizeOf = ({ info, labels }: Labelled, label: string): number => info.shape[labels.indexOf(label)];

/** The operand with its axes in the order of `labels`; a constant while compiling. */
function arrange(build: LegalizeBuilder, x: Labelled, labels: readonly string[]): Labelled {
  return permuted(
    build,
    x,
    labels.map((label) => x.labels.indexOf(label)),
  );
}

/** A Transpose, with the labels of the axes. */
function permuted(build: LegalizeBuilder, x: Labelled, perm: readonly number[]): Labelled {
  if (perm.every((axis, i) => axis === i)) return x;
  const labels = perm.map((axis) => x.labels[axis]);
  const { dtype, shape, data } = x.info;
  if (data) {
    const moved = permuteTensor({ dtype, shape, data }, perm);
    return { name: build.constant("transposed", moved), info: moved, labels };
  }
  const info = { dtype, shape: perm.map((axis) => shape[axis]) };
  return { name: transpose(build, x.name, x.info, perm), info, labels };
}

/** The same elements with another shape. */
function viewAs(build: LegalizeBuilder, x: Operand, shape: Shape, labels: readonly string[]): Labelled {
  const { dtype, data } = x.info;
  if (!data) return { name: view(build, x.name, x.info, shape), info: { dtype, shape }, labels };
  const same = { dtype, shape, data };
  return { name: build.constant("viewed", same), info: same, labels };
}

export const legalizers = { Einsum: einsum as Legalizer };
