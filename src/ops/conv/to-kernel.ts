import { isQuantDType } from "../../ir/dtype.js";
import { permuteTensor } from "../../ir/permute.js";
import type { Tensor } from "../../ir/tensor.js";
import { type LegalizeBuilder, toChannelsFirst, toChannelsLast, transpose, view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type AccumulatorOutput, outputDType } from "../requantize.js";
import type { Window } from "../window.js";
import { type ConvAttributes, convName, convOutputShape } from "./kernel-op.js";

/** A run-time operand: its value name, type and shape. */
export interface Operand {
  readonly name: string;
  readonly info: ValueInfo;
}

interface Convolution {
  /** [N, C, ...spatial] */
  readonly x: Operand;
  /** [OC, C/group, ...kernel] */
  readonly weights: Tensor;
  /** [OC], int32 or float32. */
  readonly bias?: Tensor;
  readonly window: Window;
  readonly group: number;
  readonly xZeroPoint: number;
  readonly wZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
}

/**
 * Weights [OC, ...] less their zero points, one for all channels or one for each, as int8 where all
 * differences fit: 4-bit weights always do. The others are int8 where they were uint8.
 */
export function signedWeights(
  weights: Tensor,
  zeroPoints: readonly number[],
): { weights: Tensor; zeroPoints: readonly number[] } {
  if (!isQuantDType(weights.dtype)) return { weights, zeroPoints };
  const data = weights.data as Int8Array | Uint8Array;
  const depth = data.length / weights.shape[0];
  const differences = Int32Array.from(
    data,
    (w, i) => w - zeroPoints[zeroPoints.length === 1 ? 0 : Math.floor(i / depth)],
  );
  if (differences.every((d) => d >= -128 && d <= 127)) {
    return { weights: { ...weights, dtype: "int8", data: Int8Array.from(differences) }, zeroPoints: [0] };
  }
  if (weights.dtype !== "uint8") return { weights, zeroPoints };
  const shifted = Int8Array.from(data, (w) => w - 128);
  return {
    weights: { ...weights, dtype: "int8", data: shifted },
    zeroPoints: zeroPoints.map((z) => z - 128),
  };
}

/** A convolution in ONNX's layout as a `vcgen.Conv` between two transposes; gives [N, OC, ...spatial]. */
export function buildConvolution(build: LegalizeBuilder, c: Convolution): string {
  const rank = c.x.info.shape.length;
  const x = transpose(build, c.x.name, c.x.info, toChannelsLast(rank));
  const xShape = toChannelsLast(rank).map((axis) => c.x.info.shape[axis]);
  const { weights, zeroPoints } = signedWeights(
    permuteTensor(c.weights, toChannelsLast(rank)),
    c.wZeroPoints,
  );
  const attrs: ConvAttributes = {
    strides: c.window.strides,
    dilations: c.window.dilations,
    pads: c.window.pads,
    group: c.group,
    xZeroPoint: c.xZeroPoint,
    wZeroPoints: zeroPoints,
    output: c.output,
  };
  const info = { dtype: outputDType(c.output), shape: convOutputShape(xShape, weights.shape, attrs) };
  const inputs = [x, build.constant("weights", weights), ...(c.bias ? [build.constant("bias", c.bias)] : [])];
  const y = build.node(convName, inputs, info, attrs);
  return transpose(build, y, info, toChannelsFirst(rank));
}

interface RowsTimesMatrix {
  /** [...rows, K] */
  readonly a: Operand;
  /** [K, N] */
  readonly b: Tensor;
  /** [N] */
  readonly bias?: Tensor;
  readonly aZeroPoint: number;
  readonly bZeroPoints: readonly number[];
  readonly output: AccumulatorOutput;
}

/** A matrix product with a constant right side as a pointwise `vcgen.Conv` over its rows; gives [...rows, N]. */
export function buildRowsTimesMatrix(build: LegalizeBuilder, p: RowsTimesMatrix): string {
  const { shape } = p.a.info;
  const depth = p.b.shape[0];
  const columns = p.b.shape[1];
  const rows = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const x = view(build, p.a.name, p.a.info, [1, rows, depth]);
  const { weights, zeroPoints } = signedWeights(permuteTensor(p.b, [1, 0]), p.bZeroPoints);
  const attrs: ConvAttributes = {
    strides: [1],
    dilations: [1],
    pads: [0, 0],
    group: 1,
    xZeroPoint: p.aZeroPoint,
    wZeroPoints: zeroPoints,
    output: p.output,
  };
  const kernel = build.constant("weights", { ...weights, shape: [columns, 1, depth] });
  const info = { dtype: outputDType(p.output), shape: [1, rows, columns] };
  const inputs = [x, kernel, ...(p.bias ? [build.constant("bias", p.bias)] : [])];
  const y = build.node(convName, inputs, info, attrs);
  return view(build, y, info, [...shape.slice(0, -1), columns]);
}
