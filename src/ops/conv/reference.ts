import { numel, type Tensor, zeros } from "../../ir/tensor.js";
import type { Reference } from "../op.js";
import { outputDType, requantize } from "../requantize.js";
import { convolutionTaps } from "../taps.js";
import { type ConvAttributes, convName, convOutputShape, convWindow } from "./kernel-op.js";
import { convShape, type OnnxConvAttributes, resolveConv } from "./op.js";

/**
 * float32 convolution. Every output is the sum, from 0, of fround(x * w) over the kernel positions inside
 * the input in row-major order and, at each, the input channels of the group in order; then the bias is
 * added. Each sum is rounded to float32. Taps in the padding add nothing.
 */
const conv: Reference<OnnxConvAttributes> = ([x, w, bias], attrs) => {
  const y = zeros("float32", convShape(x!.shape, w!.shape, attrs));
  const taps = convolutionTaps(x!.shape.slice(2), y.shape.slice(2), resolveConv(attrs, x!.shape, w!.shape));
  const [xd, wd, bd] = [x!.data, w!.data, bias?.data] as Float32Array[];
  const [batch, outputs] = y.shape;
  const inputs = w!.shape[1];
  const [xPlane, wPlane] = [numel(x!.shape.slice(2)), numel(w!.shape.slice(2))];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = (n * attrs.group + Math.floor((o * attrs.group) / outputs)) * inputs;
      taps.forEach((inside, p) => {
        let sum = 0;
        for (const tap of inside) {
          for (let c = 0; c < inputs; c++) {
            const value = xd[(first + c) * xPlane + tap.input];
            sum = Math.fround(sum + Math.fround(value * wd[(o * inputs + c) * wPlane + tap.kernel]));
          }
        }
        y.data[(n * outputs + o) * taps.length + p] = bd ? Math.fround(sum + bd[o]) : sum;
      });
    }
  }
  return [y];
};

/** `vcgen.Conv`; its arithmetic is defined with its attributes. */
const kernelConv: Reference<ConvAttributes> = ([x, w, bias], attrs) => {
  const shape = convOutputShape(x!.shape, w!.shape, attrs);
  const taps = convolutionTaps(x!.shape.slice(1, -1), shape.slice(1, -1), convWindow(w!.shape, attrs));
  return [accumulate({ x: x!, w: w!, bias, taps, shape, attrs })];
};

/** The sums of `vcgen.Conv` or `vcgen.ConvTranspose` over given taps, channels last. */
export function accumulate(op: {
  readonly x: Tensor;
  /** [OC, ...kernel, C/group] */
  readonly w: Tensor;
  readonly bias: Tensor | undefined;
  readonly taps: ReturnType<typeof convolutionTaps>;
  readonly shape: readonly number[];
  readonly attrs: Pick<ConvAttributes, "group" | "xZeroPoint" | "wZeroPoints" | "output">;
}): Tensor {
  const { group, xZeroPoint, wZeroPoints, output } = op.attrs;
  const y = zeros(outputDType(output), op.shape);
  const [xd, wd, bd] = [op.x.data, op.w.data, op.bias?.data] as Float32Array[];
  const batch = op.shape[0];
  const outputs = op.w.shape[0];
  const inputs = op.w.shape[op.w.shape.length - 1];
  const channels = inputs * group;
  const [xPlane, wPlane] = [numel(op.x.shape.slice(1, -1)), numel(op.w.shape.slice(1, -1))];
  for (let n = 0; n < batch; n++) {
    op.taps.forEach((inside, p) => {
      for (let o = 0; o < outputs; o++) {
        const first = Math.floor((o * group) / outputs) * inputs;
        const wZeroPoint = wZeroPoints.length === 1 ? wZeroPoints[0] : wZeroPoints[o];
        let sum = output.kind === "float32" || !bd ? 0 : bd[o];
        for (const tap of inside) {
          for (let c = 0; c < inputs; c++) {
            const value = xd[(n * xPlane + tap.input) * channels + first + c];
            const weight = wd[(o * wPlane + tap.kernel) * inputs + c];
            if (output.kind === "float32") sum = Math.fround(sum + Math.fround(value * weight));
            else sum += (value - xZeroPoint) * (weight - wZeroPoint);
          }
        }
        const i = (n * op.taps.length + p) * outputs + o;
        if (output.kind === "requantize") y.data[i] = requantize(sum | 0, o, output);
        else if (output.kind === "int32") y.data[i] = sum | 0;
        else y.data[i] = bd ? Math.fround(sum + bd[o]) : sum;
      }
    });
  }
  return y;
}

export const references = { Conv: conv, [convName]: kernelConv } as Record<string, unknown> as Record<
  string,
  Reference
>;
