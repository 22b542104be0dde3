import { type Shape, type Tensor, toNumbers } from "../../ir/tensor.js";
import { constantOf } from "../conv/constants.js";
import { buildRowsTimesMatrix, type Operand } from "../conv/to-kernel.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import { type LegalizeBuilder, view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type AccumulatorOutput, outputDType } from "../requantize.js";
import { matmulName, matmulShape } from "./kernel-op.js";
import { asMatrices, onnxMatMulShape } from "./op.js";

interface Product {
  /** Shapes as numpy.matmul takes them: vectors are a row and a column. */
  readonly a: Operand;
  readonly b: Operand;
  /** Zero points of integer operands; a's one element, b's one or one for each column. */
  readonly aZero?: Operand;
  readonly bZero?: Operand;
  /** [N], only where b is a constant matrix. */
  readonly bias?: Tensor;
  readonly output: AccumulatorOutput;
}

/** Whether a product's right side makes it a pointwise convolution, which may have a bias and scales for each column. */
export const isConstantMatrix = (b: ValueInfo): boolean => b.data !== undefined && b.shape.length === 2;

/** numpy.matmul as kernel-stage nodes; zero points known only at run time are subtracted first, in int16. */
export function buildProduct(build: LegalizeBuilder, p: Product): string {
  const shape = onnxMatMulShape(p.a.info.shape, p.b.info.shape);
  const left = center(build, p.a, p.aZero);
  if (isConstantMatrix(p.b.info) && p.a.info.shape.length > 0 && (!p.bZero || p.bZero.info.data)) {
    const y = buildRowsTimesMatrix(build, {
      a: left.operand,
      b: constantOf(p.b.info),
      bias: p.bias,
      aZeroPoint: left.zeroPoint,
      bZeroPoints: p.bZero ? toNumbers(constantOf(p.bZero.info)) : [0],
      output: p.output,
    });
    const full = [...p.a.info.shape.slice(0, -1), p.b.info.shape[1]];
    return view(build, y, { dtype: outputDType(p.output), shape: full }, shape);
  }
  const right = center(build, p.b, p.bZero);
  const [aShape, bShape] = asMatrices(p.a.info.shape, p.b.info.shape);
  const inputs = [
    view(build, left.operand.name, left.operand.info, aShape),
    view(build, right.operand.name, right.operand.info, bShape),
  ];
  const { batch, m, n } = matmulShape(aShape, bShape, false);
  const info = { dtype: outputDType(p.output), shape: [...batch, m, n] };
  const attrs = { transB: false, aZeroPoint: left.zeroPoint, bZeroPoint: right.zeroPoint, output: p.output };
  return view(build, build.node(matmulName, inputs, info, attrs), info, shape);
}

/** The operand and a zero point that is known: x itself, or x less a zero point of run time or of each column, in int16. */
export function center(
  build: LegalizeBuilder,
  x: Operand,
  zero: Operand | undefined,
): { operand: Operand; zeroPoint: number } {
  if (!zero) return { operand: x, zeroPoint: 0 };
  if (zero.info.data?.length === 1) return { operand: x, zeroPoint: Number(zero.info.data[0]) };
  const single = zero.info.shape.every((d) => d === 1);
  const zeroShape: Shape = single ? [] : zero.info.shape;
  const names = [x.name, view(build, zero.name, zero.info, zeroShape)];
  const infos = [x.info, { ...zero.info, shape: zeroShape }];
  const p = new StepBuilder();
  const [value, subtrahend] = infos.map((info, i) => p.cast(p.input(i, info.dtype), "int16"));
  p.same("Sub", value, subtrahend);
  const info: ValueInfo = { dtype: "int16", shape: x.info.shape };
  const { inputs, attrs } = mapNode(names, infos, p.steps, info);
  return { operand: { name: build.node(mapName, inputs, info, attrs), info }, zeroPoint: 0 };
}

/** A node's operand by index, undefined where it is left out. */
export function operandAt(
  node: { readonly inputs: readonly string[] },
  infos: readonly (ValueInfo | undefined)[],
  index: number,
): Operand | undefined {
  const info = infos[index];
  return info && { name: node.inputs[index], info };
}
