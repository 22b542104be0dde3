import { dtypeInfo } from "../../ir/dtype.js";
import { type Tensor, zeros } from "../../ir/tensor.js";
import { elements } from "../indexing.js";
import type { Reference } from "../op.js";
import { type MelWeightMatrixAttributes, melParameters, type WindowFunctionAttributes } from "./op.js";

/** Stores a double in the element type: floats round, integers are cut off. */
function store(t: Tensor, position: number, value: number): void {
  const whole = dtypeInfo[t.dtype].kind === "float" ? value : Math.trunc(value);
  elements(t)[position] =
    t.data instanceof BigInt64Array || t.data instanceof BigUint64Array ? BigInt(whole) : whole;
}

/** ONNX Runtime's 2 pi: windows come out as its own do. */
const tau = 6.2831853;

/** a0 - a1 cos(x) + a2 cos(2x) in double; the coefficients are float32 values. */
const cosineSum =
  (a0: number, a1: number, a2: number): Reference<WindowFunctionAttributes> =>
  ([size], { output_datatype, periodic }) => {
    const length = Number(size!.data[0]);
    const increment = tau / (periodic ? length : length - 1);
    const result = zeros(output_datatype, [length]);
    for (let i = 0; i < length; i++) {
      const second = a2 === 0 ? 0 : a2 * Math.cos(2 * increment * i);
      store(result, i, a0 - a1 * Math.cos(increment * i) + second);
    }
    return [result];
  };

const hammingA0 = Math.fround(25 / 46);
const blackmanA2 = Math.fround(Math.fround(0.16) / 2);

/** Triangles that rise to 1 and fall again, evenly spaced in mel, over whole DFT bins. */
const melWeightMatrix: Reference<MelWeightMatrixAttributes> = (inputs, { output_datatype }) => {
  const { bins, dftLength, sampleRate, lowerHertz, upperHertz } = melParameters(inputs);
  const result = zeros(output_datatype, [Math.floor(dftLength / 2) + 1, bins]);
  const toMel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700);
  const toHertz = (mel: number) => 700 * (10 ** (mel / 2595) - 1);
  const low = toMel(lowerHertz);
  const step = (toMel(upperHertz) - low) / (bins + 2);
  const edge = (i: number) => Math.floor(((dftLength + 1) * toHertz(low + step * i)) / sampleRate);
  for (let bin = 0; bin < bins; bin++) {
    const [left, center, right] = [edge(bin), edge(bin + 1), edge(bin + 2)];
    const put = (row: number, value: number) => store(result, row * bins + bin, value);
    if (left === center) put(center, 1);
    else for (let j = left; j <= center; j++) put(j, (j - left) / (center - left));
    for (let j = center; j < right; j++) put(j, (right - j) / (right - center));
  }
  return [result];
};

export const references: Record<string, Reference> = {
  HannWindow: cosineSum(0.5, 0.5, 0) as Reference,
  HammingWindow: cosineSum(hammingA0, Math.fround(1 - hammingA0), 0) as Reference,
  BlackmanWindow: cosineSum(Math.fround(0.5 - blackmanA2), 0.5, blackmanA2) as Reference,
  MelWeightMatrix: melWeightMatrix as Reference,
};
