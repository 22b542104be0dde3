import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import type { NodeView } from "../kernel.js";
import { type Legalizer, view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { buildPool, globalWindow } from "../pool/legalize.js";
import { reduceName } from "../reduce/kernel-op.js";
import { resolveWindow } from "../window.js";
import { allConstant, refuseDynamic, requantizeTo, scalarValue, zeroPoints } from "./legalize-operands.js";
import {
  isGlobalPool,
  type QLinearAveragePoolAttributes,
  type QLinearReduceMeanAttributes,
  reducedAxes,
} from "./pool.js";

/** The int32 sum of x - xZero, requantized with fl(xScale / fl(yScale * count)). */
const globalAverage: Legalizer = (view, build) => {
  const [x, xScale, xZero, yScale, yZero] = view.inputs;
  if (!allConstant(xScale, xZero, yScale, yZero)) return refuseDynamic(view.node.op, build);
  const count = numel(x!.shape.slice(2));
  const scale = Math.fround(scalarValue(xScale!) / Math.fround(scalarValue(yScale!) * count));
  return buildPool(view, build, globalWindow(x!), {
    kind: "sum",
    xZeroPoint: zeroPoints(xZero)[0],
    output: requantizeTo(view.outputs[0]!, yZero, [scale]),
  });
};

const average: Legalizer<QLinearAveragePoolAttributes> = (view, build) => {
  const [x, xScale, xZero, yScale, yZero] = view.inputs;
  if (!allConstant(xScale, xZero, yScale, yZero)) return refuseDynamic(view.node.op, build);
  const { attrs } = view;
  if (isGlobalPool(attrs, x!.shape.slice(2))) return globalAverage(view as NodeView, build);
  const output = view.outputs[0]!;
  const { min, max } = dtypeInfo[output.dtype];
  const window = resolveWindow(attrs, x!.shape.slice(2), attrs.kernel_shape);
  return buildPool(
    view,
    build,
    { ...window, ceil: attrs.ceil_mode },
    {
      kind: "average",
      divisor: attrs.count_include_pad ? "kernel" : "inside",
      quantize: {
        xScale: scalarValue(xScale!),
        xZeroPoint: zeroPoints(xZero)[0],
        yScale: scalarValue(yScale!),
        yZeroPoint: zeroPoints(yZero)[0],
        offset: attrs.unsigned && x!.dtype === "int8" ? 128 : 0,
        min,
        max,
        dtype: output.dtype as "int8",
      },
    },
  );
};

/** The int32 sum over the axes of x - xZero, requantized as a global average is. */
const reduceMean: Legalizer<QLinearReduceMeanAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [x, xScale, xZero, yScale, yZero] = inputs;
  if (!allConstant(xScale, xZero, yScale, yZero)) return refuseDynamic(node.op, build);
  const output = outputs[0]!;
  const axes = [...reducedAxes(attrs, x!.shape.length)].sort((a, b) => a - b);
  const centered = new StepBuilder();
  centered.same("Sub", centered.cast(centered.input(0, x!.dtype), "int32"), zeroPoints(xZero)[0]);
  const wide: ValueInfo = { dtype: "int32", shape: x!.shape };
  const first = mapNode([node.inputs[0]], [x], centered.steps, wide);
  const kept: ValueInfo = { dtype: "int32", shape: x!.shape.map((d, i) => (axes.includes(i) ? 1 : d)) };
  const differences = build.node(mapName, first.inputs, wide, first.attrs);
  const sums = view(
    build,
    build.node(reduceName, [differences], kept, { kind: "Sum", axes }),
    kept,
    output.shape,
  );
  const count = numel(x!.shape) / numel(kept.shape);
  const scale = Math.fround(scalarValue(xScale!) / Math.fround(scalarValue(yScale!) * count));
  const p = new StepBuilder();
  const scaled = p.same("Mul", p.cast(p.input(0, "int32"), "float32"), scale);
  p.saturate(scaled, p.constant(output.dtype, zeroPoints(yZero)[0]));
  const last = mapNode([sums], [{ dtype: "int32", shape: output.shape }], p.steps, output);
  return [build.node(mapName, last.inputs, output, last.attrs)];
};

export const poolLegalizers: Record<string, Legalizer> = {
  "com.microsoft.QLinearAveragePool": average as Legalizer,
  "com.microsoft.QLinearGlobalAveragePool": globalAverage,
  "com.microsoft.QLinearReduceMean": reduceMean as Legalizer,
};
