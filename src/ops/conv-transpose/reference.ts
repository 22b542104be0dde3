import { numel, zeros } from "../../ir/tensor.js";
import { accumulate } from "../conv/reference.js";
import type { Reference } from "../op.js";
import { transposedTaps } from "../taps.js";
import { type ConvTransposeAttributes, convTransposeName } from "./kernel-op.js";
import { type OnnxConvTransposeAttributes, resolveConvTranspose } from "./op.js";

/**
 * float32 transposed convolution. Every output is the sum, from 0, of fround(x * w) over the kernel
 * positions that reach it in row-major order and, at each, the input channels of the group in order;
 * then the bias is added. Each sum is rounded to float32.
 */
const convTranspose: Reference<OnnxConvTransposeAttributes> = ([x, w, bias], attrs) => {
  const window = resolveConvTranspose(attrs, x!.shape, w!.shape);
  const [batch, channels] = x!.shape;
  const perGroup = w!.shape[1];
  const outputs = perGroup * attrs.group;
  const inputs = channels / attrs.group;
  const y = zeros("float32", [batch, outputs, ...window.outputSpatial]);
  const taps = transposedTaps(x!.shape.slice(2), window.outputSpatial, window);
  const [xd, wd, bd] = [x!.data, w!.data, bias?.data] as Float32Array[];
  const [xPlane, wPlane] = [numel(x!.shape.slice(2)), numel(window.kernel)];
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / perGroup) * inputs;
      taps.forEach((reaching, p) => {
        let sum = 0;
        for (const tap of reaching) {
          for (let c = first; c < first + inputs; c++) {
            const value = xd[(n * channels + c) * xPlane + tap.input];
            const weight = wd[(c * perGroup + (o % perGroup)) * wPlane + tap.kernel];
            sum = Math.fround(sum + Math.fround(value * weight));
          }
        }
        y.data[(n * outputs + o) * taps.length + p] = bd ? Math.fround(sum + bd[o]) : sum;
      });
    }
  }
  return [y];
};

/** `vcgen.ConvTranspose`; its arithmetic is defined with its attributes. */
const kernelConvTranspose: Reference<ConvTransposeAttributes> = ([x, w, bias], attrs) => {
  const shape = [x!.shape[0], ...attrs.outputSpatial, w!.shape[0]];
  const window = { ...attrs, kernel: w!.shape.slice(1, -1) };
  const taps = transposedTaps(x!.shape.slice(1, -1), attrs.outputSpatial, window);
  return [accumulate({ x: x!, w: w!, bias, taps, shape, attrs })];
};

export const references = {
  ConvTranspose: convTranspose,
  [convTransposeName]: kernelConvTranspose,
} as Record<string, unknown> as Record<string, Reference>;
