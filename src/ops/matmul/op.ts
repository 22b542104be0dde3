import { broadcastShapes, type Shape, sameShape } from "../../ir/tensor.js";
import { requireFloat } from "../conv/op.js";
import { attr, defineOp, type OpDefinition, OpError, type RawNode } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { kernelMatMul, matmulShape } from "./kernel-op.js";

export type GemmAttributes = {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: boolean;
  readonly transB: boolean;
};

/** ONNX MatMul, opsets 1 to 28, float32: numpy.matmul, any ranks from 1. */
const matmul = defineOp({
  name: "MatMul",
  opsets: [1, 28],
  attributes: {},
  inputs: [2, 2],
  infer(inputs) {
    const [a, b] = [operand(inputs, 0, "A"), operand(inputs, 1, "B")];
    for (const input of [a, b]) requireFloat("MatMul", input.dtype);
    return [outputInfo("float32", onnxMatMulShape(a.shape, b.shape))];
  },
});

/** Shape of numpy.matmul: a vector A is a row, a vector B a column, and its dimension leaves the result. */
export function onnxMatMulShape(a: Shape, b: Shape): number[] {
  if (a.length === 0 || b.length === 0) throw new OpError(`cannot multiply [${a}] by [${b}]`);
  const { batch, m, n } = matmulShape(...asMatrices(a, b), false);
  return [...batch, ...(a.length > 1 ? [m] : []), ...(b.length > 1 ? [n] : [])];
}

/** The operands' shapes with vectors made matrices. */
export const asMatrices = (a: Shape, b: Shape): [Shape, Shape] => [
  a.length === 1 ? [1, ...a] : a,
  b.length === 1 ? [...b, 1] : b,
];

/** ONNX Gemm, opsets 1 to 28, float32: alpha * A' * B' + beta * C, A' and B' matrices. */
const gemm = defineOp<GemmAttributes>({
  name: "Gemm",
  opsets: [1, 28],
  attributes: {
    alpha: attr.float(1),
    beta: attr.float(1),
    transA: attr.bool(false),
    transB: attr.bool(false),
  },
  inputs: [2, 3],
  infer(inputs, attrs) {
    const [a, b, c] = [operand(inputs, 0, "A"), operand(inputs, 1, "B"), inputs[2]];
    for (const input of [a, b, c]) requireFloat("Gemm", input?.dtype);
    const shape = gemmShape(a.shape, b.shape, attrs);
    if (c && !sameShape(broadcastShapes(c.shape, shape) ?? [], shape)) {
      throw new OpError(`C [${c.shape}] does not broadcast to [${shape}]`);
    }
    return [outputInfo("float32", shape)];
  },
  // Before opset 7, broadcasting of C had to be asked for.
  upgrade({ inputs, attributes: { broadcast: _, ...attributes } }: RawNode) {
    return { inputs, attributes };
  },
});

/** [M, N] of a Gemm; throws where the operands are not matrices that fit. */
export function gemmShape(
  a: Shape,
  b: Shape,
  { transA, transB }: Pick<GemmAttributes, "transA" | "transB">,
): number[] {
  if (a.length !== 2 || b.length !== 2) throw new OpError(`Gemm needs matrices; A is [${a}], B [${b}]`);
  const { m, n } = matmulShape(transA ? [a[1], a[0]] : a, b, transB);
  return [m, n];
}

export const ops = [matmul, gemm, kernelMatMul] as readonly unknown[] as readonly OpDefinition[];
