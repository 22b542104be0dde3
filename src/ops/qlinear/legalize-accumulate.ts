import { numel, type Tensor, toNumbers } from "../../ir/tensor.js";
import { constantOf } from "../conv/constants.js";
import { type OnnxConvAttributes, resolveConv } from "../conv/op.js";
import { buildConvolution, type Operand } from "../conv/to-kernel.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "../conv-transpose/op.js";
import { buildConvTranspose } from "../conv-transpose/to-kernel.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { turned } from "../matmul/legalize.js";
import { buildProduct, center, isConstantMatrix, operandAt } from "../matmul/to-kernel.js";
import type { ValueInfo } from "../op.js";
import { buildDynamicQuantize } from "../quantization/legalize.js";
import {
  allConstant,
  foldScales,
  refuseDynamic,
  requantizeTo,
  scalarValue,
  zeroPoints,
} from "./legalize-operands.js";
import { qlinearConvAtRunTime, requantizeAtRunTime } from "./legalize-run-time.js";
import type { QGemmAttributes } from "./matmul.js";

/**
 * What QLinearConv and its transposed twin share. Operands: x, x_scale, x_zero_point, w, w_scale,
 * w_zero_point, y_scale, y_zero_point, bias. Undefined where one that has to be constant is not.
 */
function constantConvolution({ node, inputs, outputs }: NodeView) {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias] = inputs;
  if (!allConstant(xScale, xZero, w, wScale, wZero, yScale, yZero, bias)) return undefined;
  return {
    x: { name: node.inputs[0], info: x! },
    weights: constantOf(w!),
    bias: bias && constantOf(bias),
    xZeroPoint: zeroPoints(xZero)[0],
    wZeroPoints: zeroPoints(wZero),
    output: requantizeTo(outputs[0]!, yZero, foldScales(xScale!, wScale!, yScale!)),
  };
}

const qlinearConv: Legalizer<OnnxConvAttributes> = (view, build) => {
  const conv = constantConvolution(view);
  if (!conv) return qlinearConvAtRunTime(view, build);
  const window = resolveConv(view.attrs, conv.x.info.shape, conv.weights.shape);
  return [buildConvolution(build, { ...conv, window, group: view.attrs.group })];
};

/** Weights [C, OC/group, ...kernel]. */
const qlinearConvTranspose: Legalizer<OnnxConvTransposeAttributes> = (view, build) => {
  const conv = constantConvolution(view);
  if (!conv) return refuseDynamic(view.node.op, build);
  const window = resolveConvTranspose(view.attrs, conv.x.info.shape, conv.weights.shape);
  return [buildConvTranspose(build, { ...conv, window, group: view.attrs.group })];
};

/** ConvInteger: x, w, x_zero_point, w_zero_point; a zero point of run time is subtracted first, in int16. */
const convInteger: Legalizer<OnnxConvAttributes> = ({ node, attrs, inputs }, build) => {
  const [x, w, , wZero] = inputs;
  if (!allConstant(w, wZero)) return undefined;
  const centered = center(build, { name: node.inputs[0], info: x! }, operandAt(node, inputs, 2));
  const y = buildConvolution(build, {
    x: centered.operand,
    weights: constantOf(w!),
    window: resolveConv(attrs, x!.shape, w!.shape),
    group: attrs.group,
    xZeroPoint: centered.zeroPoint,
    wZeroPoints: zeroPoints(wZero),
    output: { kind: "int32" },
  });
  return [y];
};

/** QLinearMatMul: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point. */
const qlinearMatMul: Legalizer = ({ node, inputs, outputs }, build) => {
  const [, aScale, , , bScale, , yScale, yZero] = inputs;
  const operand = (i: number) => operandAt(node, inputs, i);
  if (!allConstant(aScale, bScale, yScale, yZero)) {
    const sums = buildProduct(build, {
      a: operand(0)!,
      aZero: operand(2),
      b: operand(3)!,
      bZero: operand(5),
      output: { kind: "int32" },
    });
    const scales = [operand(1)!, operand(4)!, operand(6)!] as const;
    return [requantizeAtRunTime(build, sums, scales, operand(7), outputs[0]!)];
  }
  const y = buildProduct(build, {
    a: operandAt(node, inputs, 0)!,
    aZero: operandAt(node, inputs, 2),
    b: operandAt(node, inputs, 3)!,
    bZero: operandAt(node, inputs, 5),
    output: requantizeTo(outputs[0]!, yZero, foldScales(aScale!, bScale!, yScale!)),
  });
  return [y];
};

/** MatMulInteger: a, b, a_zero_point, b_zero_point. */
const matMulInteger: Legalizer = ({ node, inputs }, build) => {
  const y = buildProduct(build, {
    a: operandAt(node, inputs, 0)!,
    b: operandAt(node, inputs, 1)!,
    aZero: operandAt(node, inputs, 2),
    bZero: operandAt(node, inputs, 3),
    output: { kind: "int32" },
  });
  return [y];
};

interface ScaledProduct {
  readonly a: Operand;
  readonly b: Operand;
  readonly aScale: Operand;
  readonly bScale: Operand;
  readonly aZero?: Operand;
  readonly bZero?: Operand;
  readonly bias?: Operand;
}

/** fl(fl(fl(sum) * fl(a_scale * b_scale)) + bias) */
function buildScaledProduct(build: LegalizeBuilder, s: ScaledProduct, output: ValueInfo): string {
  const sums = buildProduct(build, { ...s, bias: undefined, output: { kind: "int32" } });
  const operands: (Operand | undefined)[] = [
    { name: sums, info: { dtype: "int32", shape: output.shape } },
    s.aScale,
    s.bScale,
    s.bias,
  ];
  const p = new StepBuilder();
  const scale = p.same("Mul", p.input(1, "float32"), p.input(2, "float32"));
  const scaled = p.same("Mul", p.cast(p.input(0, "int32"), "float32"), scale);
  if (s.bias) p.same("Add", scaled, p.input(3, "float32"));
  const names = operands.map((operand) => operand?.name ?? "");
  const infos = operands.map((operand) => operand?.info);
  const map = mapNode(names, infos, p.steps, output);
  return build.node(mapName, map.inputs, output, map.attrs);
}

/** a, b, a_scale, b_scale, a_zero_point, b_zero_point, bias. */
const matMulIntegerToFloat: Legalizer = ({ node, inputs, outputs }, build) => {
  const [a, b, aScale, bScale, aZero, bZero, bias] = inputs.map((_, i) => operandAt(node, inputs, i));
  const product = { a: a!, b: b!, aScale: aScale!, bScale: bScale!, aZero, bZero, bias };
  return [buildScaledProduct(build, product, outputs[0]!)];
};

/** a in float, b, b_scale, b_zero_point, bias: a is quantized first, by its own range. */
const dynamicQuantizeMatMul: Legalizer = ({ node, inputs, outputs }, build) => {
  const [a, b, bScale, bZero, bias] = [0, 1, 2, 3, 4].map((i) => operandAt(node, inputs, i));
  const quantized = buildDynamicQuantize(build, a!.name, a!.info);
  const product = {
    a: { name: quantized.y, info: { dtype: "uint8", shape: a!.info.shape } as const },
    b: b!,
    aScale: { name: quantized.scale, info: { dtype: "float32", shape: [] } as const },
    bScale: bScale!,
    aZero: { name: quantized.zeroPoint, info: { dtype: "uint8", shape: [] } as const },
    bZero,
    bias,
  };
  return [buildScaledProduct(build, product, outputs[0]!)];
};

/** QGemm: a, a_scale, a_zero_point, b, b_scale, b_zero_point, bias, y_scale, y_zero_point; float32 without y_scale. */
const qgemm: Legalizer<QGemmAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [, aScale, aZero, , bScale, bZero, bias, yScale, yZero] = inputs;
  if (!allConstant(aScale, aZero, bScale, bZero, bias, yScale, yZero)) return refuseDynamic(node.op, build);
  const output = outputs[0]!;
  const b = turned(build, operandAt(node, inputs, 3)!, attrs.transB);
  const scaleA = Math.fround(attrs.alpha * scalarValue(aScale!));
  const scales = toNumbers(constantOf(bScale!)).map((scale) => {
    const product = Math.fround(scaleA * scale);
    return yScale ? Math.fround(product / scalarValue(yScale)) : product;
  });
  const columns = bias && columnBias(constantOf(bias), output.shape[1]);
  if (!isConstantMatrix(b.info) || (bias && !columns)) {
    return build.refuse(
      "QGemm with a matrix computed at run time or a bias for each row",
      "Keep this Gemm in float.",
    );
  }
  const product = (to: Parameters<typeof buildProduct>[1]["output"]) =>
    buildProduct(build, {
      a: turned(build, operandAt(node, inputs, 0)!, attrs.transA),
      b,
      aZero: operandAt(node, inputs, 2),
      bZero: operandAt(node, inputs, 5),
      bias: columns,
      output: to,
    });
  if (yScale) return [product(requantizeTo(output, yZero, scales))];
  return [scaleSums(build, product({ kind: "int32" }), scales, output)];
};

/** fl(fl(sum) * scale), with one scale or one for each column. */
function scaleSums(
  build: LegalizeBuilder,
  sums: string,
  scales: readonly number[],
  output: ValueInfo,
): string {
  const tensor: Tensor = { dtype: "float32", shape: [scales.length], data: Float32Array.from(scales) };
  const names = [sums, build.constant("scales", tensor)];
  const p = new StepBuilder();
  p.same("Mul", p.cast(p.input(0, "int32"), "float32"), p.input(1, "float32"));
  const map = mapNode(names, [{ dtype: "int32", shape: output.shape }, tensor], p.steps, output);
  return build.node(mapName, map.inputs, output, map.attrs);
}

/** A bias that is the same for every row, one for each column. */
function columnBias(bias: Tensor, columns: number): Tensor | undefined {
  const size = numel(bias.shape);
  if (size === 1) {
    return { dtype: bias.dtype, shape: [columns], data: new Int32Array(columns).fill(Number(bias.data[0])) };
  }
  return size === columns && bias.shape.at(-1) === columns ? { ...bias, shape: [columns] } : undefined;
}

export const accumulateLegalizers: Record<string, Legalizer> = {
  QLinearConv: qlinearConv as Legalizer,
  "vcgen.QLinearConvTranspose": qlinearConvTranspose as Legalizer,
  ConvInteger: convInteger as Legalizer,
  QLinearMatMul: qlinearMatMul,
  MatMulInteger: matMulInteger,
  "com.microsoft.MatMulIntegerToFloat": matMulIntegerToFloat,
  "com.microsoft.DynamicQuantizeMatMul": dynamicQuantizeMatMul,
  "com.microsoft.QGemm": qgemm as Legalizer,
};
