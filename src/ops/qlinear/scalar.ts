import { dtypeInfo } from "../../ir/dtype.js";
import type { Kernel, KernelCode, NodeView } from "../kernel.js";
import { literal } from "../literal.js";
import { type QLinearSoftmaxAttributes, softmaxAxis } from "./elementwise.js";
import { scalarValue, zeroPoints } from "./legalize-operands.js";

/** QLinearSoftmax with ONNX Runtime's table of exponentials: two passes over each row, no exp at run time. */
const softmax: Kernel = {
  name: "qlinear-softmax",
  isa: "scalar",
  ops: ["com.microsoft.QLinearSoftmax"],
  accept(view) {
    if (view.inputs.slice(1).some((info) => info && !info.data)) {
      return { refused: "scales or zero points are computed at run time" };
    }
    const { rows, length } = rowsOf(view as NodeView<QLinearSoftmaxAttributes>);
    return {
      cost: rows * (20 + 45 * length),
      reason: `${rows} rows of ${length}, exponentials from a table`,
      inPlace: [0],
      lower: () => lowerSoftmax(view as NodeView<QLinearSoftmaxAttributes>),
    };
  },
};

/** Rows of `length` elements that are `inner` apart. */
function rowsOf({ attrs, inputs }: NodeView<QLinearSoftmaxAttributes>) {
  const { shape } = inputs[0]!;
  const axis = softmaxAxis(attrs, shape.length);
  const last = attrs.opset < 13 ? shape.length : axis + 1;
  const size = (from: number, to?: number) => shape.slice(from, to).reduce((n, d) => n * d, 1);
  const [outer, length, inner] = [size(0, axis), size(axis, last), size(last)];
  return { outer, length, inner, rows: outer * inner };
}

const largestFloat = 3.4028234663852886e38;

/**
 * e^((i - 255 + shift) * scale) in float32 for the 256 distances to a row's largest element. The shift is
 * as large as the sum of a row allows without overflow (ONNX Runtime qlinear_softmax).
 */
function exponentials(scale: number, length: number): Float32Array {
  const room = Math.max(0, Math.log(Math.fround(largestFloat / length)) - 5);
  return Float32Array.from({ length: 256 }, (_, i) => Math.exp((i - 255 + room / scale) * scale));
}

function lowerSoftmax(view: NodeView<QLinearSoftmaxAttributes>): KernelCode {
  const [x, xScale, , yScale, yZero] = view.inputs;
  const { outer, length, inner } = rowsOf(view);
  const { c, min, max } = dtypeInfo[x!.dtype];
  const [zeroPoint] = zeroPoints(yZero);
  const signed = x!.dtype === "int8" && !view.attrs.unsigned;
  const table = exponentials(scalarValue(xScale!), length);
  const steps = Math.floor(Math.fround(1 / scalarValue(yScale!)));
  return {
    template: "qlinear/softmax",
    values: {
      outer,
      length,
      inner,
      block: length * inner,
      ctype: c,
      min,
      max,
      zeroPoint,
      steps: literal("float32", steps),
      overflows: !Number.isFinite(Math.fround(table[255] * steps)),
      overflowed: signed ? (zeroPoint < 0 ? max : min) : zeroPoint,
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      {
        kind: "constant",
        name: "table",
        dtype: "float32",
        data: table,
        what: "exponentials of the distances to the largest element",
      },
      { kind: "output", name: "y", index: 0 },
    ],
  };
}

export const kernels: Kernel[] = [softmax];
