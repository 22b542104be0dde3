import { sameShape, type Tensor, zeros } from "../../ir/tensor.js";
import type { Formula } from "../../proof/elementwise/form.js";
import { constantOf } from "../conv/constants.js";
import type { NodeView } from "../kernel.js";
import type { Legalizer } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import type { UnsignedAttributes } from "../qlinear/elementwise.js";
import { elementwiseReferences, innerScalar } from "../qlinear/elementwise-reference.js";
import { allBytes, lookUp } from "../qlinear/legalize-elementwise.js";
import { allConstant, refuseDynamic } from "../qlinear/legalize-operands.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";

type BinaryName = "com.microsoft.QLinearAdd" | "com.microsoft.QLinearMul";

/**
 * QLinearAdd and QLinearMul (a, scale, zero point, b, scale, zero point, y scale, zero point) become a
 * `vcgen.QBinary` with the table of all pairs, or a look-up where only one operand varies.
 */
const legalize: Legalizer<UnsignedAttributes> = (view, build) => {
  const { node, inputs, outputs } = view;
  const parameters = inputs.map((info, i) => (i === 0 || i === 3 ? undefined : info));
  if (!allConstant(...parameters)) return refuseDynamic(node.op, build);
  const [aName, bName] = [node.inputs[0], node.inputs[3]];
  const [a, b, y] = [inputs[0]!, inputs[3]!, outputs[0]!];
  const table = tabulate(view);

  const lookUpIn = (x: string, indexOf: (pattern: number) => number) => {
    const row = zeros(table.dtype, [256]);
    for (let i = 0; i < 256; i++) row.data[i] = table.data[indexOf(i)];
    return [lookUp(build, x, row, y)];
  };
  if (aName === bName) return lookUpIn(aName, (x) => x * 257);
  if (isSingle(b) && sameShape(a.shape, y.shape)) return lookUpIn(aName, (x) => x * 256 + patternOf(b));
  if (isSingle(a) && sameShape(b.shape, y.shape)) return lookUpIn(bName, (x) => patternOf(a) * 256 + x);

  const attrs: QBinaryAttributes = {
    table: { dtype: table.dtype, data: table.data },
    formula: formulaOf(node.op as BinaryName, inputs),
  };
  return [build.node(qbinaryName, [aName, bName], y, attrs)];
};

function formulaOf(op: BinaryName, inputs: readonly (ValueInfo | undefined)[]): Formula {
  const number = (index: number) => Number(inputs[index]?.data?.[0] ?? 0);
  const [aScale, zeroA, bScale, zeroB, yScale, zero] = [1, 2, 4, 5, 6, 7].map(number);
  if (op === "com.microsoft.QLinearMul") {
    return { kind: "product", zeroA, zeroB, ratio: (aScale * bScale) / yScale, constant: zero };
  }
  const [ratioA, ratioB] = [aScale / yScale, bScale / yScale];
  return { kind: "sum", ratioA, ratioB, constant: zero - ratioA * zeroA - ratioB * zeroB };
}

const isSingle = (info: ValueInfo): boolean => info.data?.length === 1;

const patternOf = (info: ValueInfo): number => Number(info.data![0]) & 255;

/**
 * The reference's output for all pairs. Its arithmetic depends on which operand is a single value along
 * the innermost run, so the operands get shapes of which that is true as well.
 */
function tabulate({ node, attrs, inputs, outputs }: NodeView<UnsignedAttributes>): Tensor {
  const [a, b] = [inputs[0]!, inputs[3]!];
  const single = innerScalar(a.shape, b.shape);
  const operands = inputs.map((info) => (info?.data ? constantOf(info) : undefined));
  const evaluate = (x: Tensor, y: Tensor) =>
    elementwiseReferences[node.op as BinaryName](operands.with(0, x).with(3, y), attrs, 1)[0];
  const [bytesA, bytesB] = [allBytes(a.dtype), allBytes(b.dtype)];
  if (single === "first") return evaluate({ ...bytesA, shape: [256, 1] }, { ...bytesB, shape: [1, 256] });
  const table = zeros(outputs[0]!.dtype, [65536]);
  if (single === "second") {
    const transposed = evaluate({ ...bytesA, shape: [1, 256] }, { ...bytesB, shape: [256, 1] });
    for (let i = 0; i < 65536; i++) table.data[i] = transposed.data[(i & 255) * 256 + (i >> 8)];
    return table;
  }
  const [left, right] = [zeros(a.dtype, [65536]), zeros(b.dtype, [65536])];
  for (let i = 0; i < 65536; i++) {
    left.data[i] = bytesA.data[i >> 8];
    right.data[i] = bytesB.data[i & 255];
  }
  return evaluate(left, right);
}

export const legalizers: Record<string, Legalizer> = {
  "com.microsoft.QLinearAdd": legalize as Legalizer,
  "com.microsoft.QLinearMul": legalize as Legalizer,
};
