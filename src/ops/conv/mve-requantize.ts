import { chooseRequantize } from "../../proof/requantize/choose.js";
import { scaleOf } from "../../proof/requantize/form.js";
import type { AccumulatorRange } from "../../proof/requantize/range.js";
import { findSteps, type Steps } from "../../proof/requantize/steps.js";
import type { Requantize } from "../requantize.js";
import { agrees } from "./mve-agrees.js";
import { findHighProduct, type HighProductForm } from "./mve-high-product.js";

/**
 * float32 with one rounding: `acc * scale + (1.5 * 2^23 + zero point)` has integer steps, and its low half is
 * the output before it saturates. Rounds once where the reference rounds twice: proven for
 * a scale of each channel that may differ in its last bits.
 */
interface FusedForm {
  readonly kind: "fused";
  readonly scales: Float32Array;
}

/**
 * float32 with both roundings, the second by adding 1.5 * 2^23 and the zero point, which must be even so that
 * ties stay even.
 */
interface AddedForm {
  readonly kind: "added";
}

/**
 * float32 vectors. Helium flushes denormals, which cannot be seen: integers convert to normal numbers or 0,
 * and a scale or product that is denormal stands for a number far below 0.5, which rounds to 0 either way.
 */
interface VectorFloatForm {
  readonly kind: "float";
}

export interface MveRequantize {
  readonly form: HighProductForm | FusedForm | AddedForm | VectorFloatForm;
  readonly note: string;
  /** Beyond the saturation to int8. */
  readonly clamp: boolean;
}

/** The high product if it is proven for all channels, else the fused product if that is, else float32. */
export function chooseMveRequantize(to: Requantize, ranges: readonly AccumulatorRange[]): MveRequantize {
  const steps = ranges.map((range, channel) => findSteps(to, channel, range));
  const { clampsLow, clampsHigh, largestScaled, note } = chooseRequantize({
    to,
    ranges,
    available: ["float"],
  });
  const clamp = (clampsLow && to.min > -128) || (clampsHigh && to.max < 127);
  const form = findHighProduct(to, steps);
  if (form)
    return { form, clamp, note: `requant: ${ranges.length}/${ranges.length} channels fixed-point, proven` };
  // The low half of the sum must hold the output.
  const narrow = largestScaled + 130 < 2 ** 15;
  const scales = narrow ? fusedScales(to, steps) : undefined;
  if (scales)
    return {
      form: { kind: "fused", scales },
      clamp,
      note: `requant: ${ranges.length} channels by VFMAS, proven`,
    };
  return { form: { kind: narrow && to.zeroPoint % 2 === 0 ? "added" : "float" }, clamp, note };
}

/** Scales near the layer's own, one for each channel, with which the fused product is proven. */
function fusedScales(to: Requantize, steps: readonly Steps[]): Float32Array | undefined {
  const scales = new Float32Array(steps.length);
  const bits = new Int32Array(scales.buffer);
  for (let channel = 0; channel < steps.length; channel++) {
    scales[channel] = scaleOf(to, channel);
    const own = bits[channel];
    const fits = neighbours.some((move) => {
      bits[channel] = Math.max(0, own + move);
      const scale = scales[channel];
      return agrees(to, channel, steps[channel], (acc) => fusedOutput(acc, scale, to.zeroPoint));
    });
    if (!fits) return undefined;
  }
  return scales;
}

/** In units of the last place, nearest first. */
const neighbours = Array.from({ length: 129 }, (_, i) => (i % 2 === 0 ? i / 2 : -(i + 1) / 2));

/** Before it saturates. The product of two float32 is exact in float64. */
function fusedOutput(acc: number, scale: number, zeroPoint: number): number {
  const product = Math.fround(acc) * scale;
  const below = Math.floor(product);
  const rest = product - below;
  // A tie goes to the even sum with the zero point, not to the even product.
  const up = rest === 0.5 ? (below + zeroPoint) % 2 !== 0 : rest > 0.5;
  return below + (up ? 1 : 0) + zeroPoint;
}

/** Channel of lane i in vector v of 16 channels: narrowing twice to bottom and top lanes puts them in order. */
export const laneChannel = (v: number, i: number): number => 4 * i + [0, 2, 1, 3][v];

/** The two words of each channel: addend for sums that leave `offsets` out, and multiplier; or bias and scale. */
export function requantizeWords(
  { form }: MveRequantize,
  to: Requantize,
  offsets: Int32Array,
): { readonly addends: Int32Array; readonly factors: Int32Array } {
  if (form.kind === "highProduct") {
    const addends = form.addends.map((addend, o) => (addend + Math.imul(offsets[o], 2 ** form.up)) | 0);
    return { addends, factors: form.multipliers };
  }
  const scales =
    form.kind === "fused" ? form.scales : Float32Array.from(offsets, (_, channel) => scaleOf(to, channel));
  return { addends: offsets, factors: new Int32Array(scales.buffer, 0, offsets.length) };
}

/** 1.5 * 2^23 as float32: numbers this large are integers. */
const roundingBits = 0x4b400000;

/** Parameters of the requantization in the templates. */
export function requantizeValues({ form, clamp }: MveRequantize, to: Requantize) {
  const scalar = {
    highProduct: () => 2 ** (form as HighProductForm).up,
    fused: () => roundingBits + to.zeroPoint,
    added: () => roundingBits + to.zeroPoint,
  };
  const word = form.kind === "float" ? 0 : scalar[form.kind]();
  return {
    fixed: form.kind === "highProduct",
    fused: form.kind === "fused",
    added: form.kind === "added",
    float: form.kind === "float",
    /** The scalar operand of VMLA, VFMAS or VADD in two halves. */
    scalarLow: word & 0xffff,
    scalarHigh: word >>> 16,
    down: form.kind === "highProduct" ? form.down : 0,
    zeroPoint: to.zeroPoint,
    clamp,
    min: to.min,
    max: to.max,
  };
}
