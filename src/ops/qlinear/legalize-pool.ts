import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { NodeView } from "../kernel.js";
import type { Legalizer } from "../legalize.js";
import { buildPool, globalWindow } from "../pool/legalize.js";
import { resolveWindow } from "../window.js";
import { allConstant, refuseDynamic, requantizeTo, scalarValue, zeroPoints } from "./legalize-operands.js";
import { isGlobalPool, type QLinearAveragePoolAttributes } from "./pool.js";

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

export const poolLegalizers: Record<string, Legalizer> = {
  "com.microsoft.QLinearAveragePool": average as Legalizer,
  "com.microsoft.QLinearGlobalAveragePool": globalAverage,
};
