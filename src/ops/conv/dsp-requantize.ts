import { floatToBits } from "../../math/float-bits.js";
import { chooseRequantize, type RequantizeChoice } from "../../proof/requantize/choose.js";
import { type Fixed64Form, foldOffsets } from "../../proof/requantize/form.js";
import type { Target } from "../../target/target.js";
import type { KernelParameter } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { foldedBias, wholeWindow } from "./regions.js";

/** How the DSP and Thumb-2 kernels requantize a layer, and the table they read. */
export interface DspRequantize {
  readonly choice: RequantizeChoice;
  /** Instructions for an output. */
  readonly cost: number;
  /** What the templates bake in. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Words of a channel: addend (2), multiplier; with a guard also bias and scale; in float32 only these two. */
  readonly rowWords: number;
  /** The words of channel o. */
  row(o: number): number[];
}

/** The table of all channels, one row after the other, as a parameter of the kernel. */
export function requantizeTable({ row }: DspRequantize, channels: number): KernelParameter {
  return {
    kind: "constant",
    name: "requantize",
    dtype: "int32",
    data: Int32Array.from(Array.from({ length: channels }, (_, o) => row(o)).flat()),
    what: "requantization of each channel",
  };
}

/** Helpers of the C that computes single channels: dot products, and requantization as the values say. */
export const singleChannelLibraries = ({ values: { fixed, guard } }: DspRequantize): string[] => [
  "dsp/smlad",
  "dsp/sxtb16",
  ...(fixed ? ["requantize/fixed64-high", "requantize/fixed64-output"] : []),
  ...(guard ? ["requantize/fixed64-escapes"] : []),
  ...(guard || !fixed ? ["requantize/float"] : []),
];

/**
 * Blank lines for an assembly string: GCC takes a string's size from its lines, and must not take a
 * repeated part for smaller than it is, or it places literals out of reach.
 */
export const newlines = (count: number): string => "\\n".repeat(Math.max(count, 1));

/** Emulation takes about 60 more, for every kernel: estimates of portable ones leave that out. */
const slowCost = { float: 12, emulate: 14 } as const;

/** At most one output in 64 may take the detour over float32; emulated, one in 8 beats all of them. */
const escapesOf = { float: [1 / 64], emulate: [1 / 64, 1 / 8] } as const;

/** SMLAL and SSAT where that is proven equal, with a detour over the FPU near steps if need be; else the FPU. */
export function dspRequantize(conv: FastConv, target: Target): DspRequantize | { readonly refused: string } {
  if (target.features.fpu === "none") return { refused: "no FPU for outputs near a step" };
  return longRequantize(conv, "float", 0);
}

/**
 * SMLAL and SSAT where that is proven equal; the slow form near steps if need be, or else for all outputs.
 * @param excess what the kernel's sums are too large by, in all channels
 */
export function longRequantize(conv: FastConv, slow: "float" | "emulate", excess: number): DspRequantize {
  const { to, ranges } = conv;
  const choices = escapesOf[slow].map((escapes) =>
    chooseRequantize({ to, ranges, available: ["fixed64", slow], escapes }),
  );
  const isHigh = ({ form }: RequantizeChoice) => form.kind === "fixed64" && form.shift >= 32;
  const choice = choices.find(isHigh) ?? chooseRequantize({ to, ranges, available: [slow] });
  const form = choice.form.kind === "fixed64" ? choice.form : undefined;
  const bias = foldedBias(
    conv.plane,
    wholeWindow(conv.plane),
    conv.weights,
    conv.bias,
    conv.attrs.xZeroPoint,
  );
  const offsets = Array.from(bias, (offset) => offset - excess);
  const addends = form && foldOffsets(form, offsets);
  const clamps = Number(to.min > -128) * 3 + Number(to.max < 127) * 3;
  return {
    choice,
    cost: clamps + (!form ? slowCost[slow] : form.guard ? 6.3 : 4),
    rowWords: !form ? 2 : form.guard ? 5 : 3,
    values: {
      fixed: form !== undefined,
      shift: form ? form.shift - 32 : 0,
      fullShift: form?.shift ?? 0,
      guard: form?.guard ? guardOf(form) : false,
      rowBytes: 4 * (!form ? 2 : form.guard ? 5 : 3),
      zero: to.zeroPoint,
      clampLow: to.min > -128,
      clampHigh: to.max < 127,
      min: to.min,
      max: to.max,
    },
    row(o) {
      const float = [offsets[o], floatToBits(to.scales.length === 1 ? to.scales[0] : to.scales[o])];
      if (!form || !addends) return float;
      const addend = addends[o];
      const fixed = [
        Number(BigInt.asIntN(32, addend)),
        Number(BigInt.asIntN(32, addend >> 32n)),
        form.multipliers[o],
      ];
      return form.guard ? [...fixed, ...float] : fixed;
    },
  };
}

/**
 * The guard's bits as a TST of one word of the 64-bit product: an 8-bit field, which every rotation of an
 * immediate can hold. Testing fewer bits than the guard has only sends more outputs on the detour.
 */
function guardOf({ guard }: Fixed64Form): {
  readonly word: string;
  readonly mask: string;
  from: number;
  to: number;
} {
  const { to } = guard!;
  const from = Math.max(guard!.from, to - 8);
  const base = to > 32 ? 32 : 0;
  const mask = (((1 << (to - from)) - 1) << (from - base)) >>> 0;
  return { word: base === 32 ? "r3" : "r2", mask: `0x${mask.toString(16)}`, from, to };
}
