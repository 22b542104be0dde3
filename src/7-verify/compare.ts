import type { Tensor } from "../ir/tensor.js";
import { sameShape } from "../ir/tensor.js";
import type { Tolerance } from "./golden.js";

/**
 * How a reference output agrees with ONNX Runtime's recorded one:
 *
 * - `identical`   every element the same (bytes of the quantized values, for a quantized output)
 * - `one-step`    at least 99 % within one quantization step, none beyond two
 * - `snr`         at least 45 dB signal to noise
 * - `float`       every element within 1e-4 + 1e-3 |expected|
 * - `tolerance`   within what the golden directory's tolerance.json allows for this output
 */
export type Agreement = "identical" | "one-step" | "snr" | "float" | "tolerance" | "different";

export interface Comparison {
  readonly agreement: Agreement;
  readonly elements: number;
  readonly differing: number;
  /** Largest difference, in quantization steps for a quantized output. */
  readonly largest: number;
  readonly unit: "steps" | "absolute";
  /** Of a quantized output, elements that are off by more than one step. */
  readonly beyondOne: number;
  /** Largest difference / (1e-4 + 1e-3 |expected|): within float tolerance up to 1. */
  readonly floatExcess: number;
  /** Signal-to-noise ratio in dB; Infinity where nothing differs. */
  readonly snr: number;
  readonly reason?: string;
}

export interface Judgement {
  /** Scale of a quantized output: differences are counted in its steps. */
  readonly scale?: number;
  /**
   * ONNX Runtime ran float kernels on the way, so that rounding differences are to be expected. Where
   * it did not, only identical will do.
   */
  readonly floatInside: boolean;
  readonly tolerance?: Tolerance;
}

/** Compares an output with the expected one by the rules above. */
export function compareTensors(expected: Tensor, actual: Tensor, judgement: Judgement): Comparison {
  if (!sameShape(expected.shape, actual.shape) || expected.dtype !== actual.dtype) {
    const show = (t: Tensor) => `${t.dtype}[${t.shape.join(",")}]`;
    const reason = `expected ${show(expected)}, got ${show(actual)}`;
    return {
      agreement: "different",
      elements: expected.data.length,
      differing: expected.data.length,
      largest: Infinity,
      unit: "absolute",
      beyondOne: expected.data.length,
      floatExcess: Infinity,
      snr: 0,
      reason,
    };
  }
  const figures = measure(expected, actual, judgement.scale);
  return { ...figures, ...agreementOf(figures, expected, actual, judgement) };
}

/** A comparison in words: how the output was judged, by which figures. */
export function describeComparison(c: Comparison): string {
  const figure = (value: number): string => String(Number(value.toPrecision(3)));
  const off = `${c.differing} of ${c.elements} elements differ`;
  const decibels = `${c.snr.toFixed(1)} dB`;
  const steps = `by at most ${figure(c.largest)} ${c.largest === 1 ? "step" : "steps"}`;
  const most = c.unit === "steps" ? steps : `by at most ${figure(c.largest)}`;
  switch (c.agreement) {
    case "identical":
      return `identical, ${c.elements} elements`;
    case "one-step":
      return `within one step: ${c.differing - c.beyondOne} of ${c.elements} elements one step off, ${c.beyondOne} two, ${decibels}`;
    case "snr":
      return `behind float stages, at least 45 dB: ${decibels}, ${off}, ${most}`;
    case "float":
      return `within float tolerance: ${off}, ${most}, ${figure(c.floatExcess * 100)} % of what 1e-4 + 1e-3 of the value allows`;
    case "tolerance":
      return `within the tolerance given for it (${c.reason}): ${off}, ${most}, ${decibels}`;
    case "different":
      return `DIFFERENT${c.reason ? ` (${c.reason})` : ""}: ${off}, ${most}, ${decibels}`;
  }
}

type Figures = Omit<Comparison, "agreement" | "reason">;

function measure(expected: Tensor, actual: Tensor, scale: number | undefined): Figures {
  const a = expected.data as ArrayLike<number | bigint>;
  const b = actual.data as ArrayLike<number | bigint>;
  const step = scale ?? (expected.dtype === "float32" || expected.dtype === "float64" ? 0 : 1);
  let [differing, largest, beyondOne, signal, noise] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    if (Number.isFinite(x)) signal += x * x;
    const difference = distance(x, y);
    if (difference === 0) continue;
    const size = step ? Math.round(difference / step) : difference;
    if (size === 0) continue;
    differing++;
    noise += difference * difference;
    largest = Math.max(largest, size);
    if (step && size > 1) beyondOne++;
  }
  return {
    elements: a.length,
    differing,
    largest,
    unit: step ? "steps" : "absolute",
    snr: noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise),
    beyondOne,
    floatExcess: excess(expected, actual, 1e-4, 1e-3),
  };
}

/** Largest difference / (absolute + relative |expected|). */
function excess(expected: Tensor, actual: Tensor, absolute: number, relative: number): number {
  const [a, b] = [expected.data as ArrayLike<number | bigint>, actual.data as ArrayLike<number | bigint>];
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    const difference = distance(x, y);
    if (difference > 0) largest = Math.max(largest, difference / (absolute + relative * Math.abs(x)));
  }
  return largest;
}

function distance(x: number, y: number): number {
  if (x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const difference = Math.abs(x - y);
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
}

function agreementOf(
  f: Figures,
  expected: Tensor,
  actual: Tensor,
  judgement: Judgement,
): { agreement: Agreement; reason?: string } {
  if (f.differing === 0) return { agreement: "identical" };
  const { tolerance } = judgement;
  if (tolerance) {
    const { absolute = 0, relative = 0, snr, steps } = tolerance;
    const fits =
      (snr !== undefined && f.snr >= snr) ||
      (steps !== undefined && f.unit === "steps" && f.largest <= steps) ||
      (absolute + relative > 0 && excess(expected, actual, absolute, relative) <= 1);
    return { agreement: fits ? "tolerance" : "different", reason: tolerance.reason };
  }
  if (expected.dtype === "float32" && f.unit === "absolute" && f.floatExcess <= 1)
    return { agreement: "float" };
  if (!judgement.floatInside)
    return { agreement: "different", reason: "ONNX Runtime ran no float kernel that could explain it" };
  if (f.unit === "steps" && f.largest <= 2 && f.beyondOne <= 0.01 * f.elements)
    return { agreement: "one-step" };
  if (f.snr >= 45) return { agreement: "snr" };
  return { agreement: "different", reason: "beyond one step, float tolerance and 45 dB" };
}
