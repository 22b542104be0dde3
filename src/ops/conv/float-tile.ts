import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { IsaName, Target } from "../../target/target.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { convolutionLoops } from "../window-loops.js";
import { gemmRows } from "./gemm-rows.js";
import { type ConvAttributes, convName, convWindow } from "./kernel-op.js";
import { planeOf } from "./regions.js";
import { decodingNote, decodingOf } from "./scalar-decoding.js";
import { decodeBlocks, interleave } from "./stored-weights.js";
import { gatherValues } from "./window.js";

/** A helper for 4 positions, and its instructions for a product. */
interface FloatTile {
  readonly uses: string;
  readonly cost: number;
}

export const neonTile: FloatTile = { uses: "neon/tile-f32", cost: 0.62 };
export const vfpTile: FloatTile = { uses: "vfp/tile-f32", cost: 2.45 };
export const vmlaTile: FloatTile = { uses: "vfp/tile-f32-mla", cost: 1.45 };

const positionsOfTile = 4;
const block = 4;

/**
 * An ungrouped float32 convolution of 1 or 2 dimensions: 4 positions share each load of weights, every sum runs
 * from left to right. Windows that are contiguous are read in place; padding is gathered as 0, which adds nothing.
 */
export const floatConvolution = (
  isa: IsaName,
  tileOf: (target: Target) => FloatTile | undefined,
): Kernel => ({
  name: "conv-float-tile",
  isa,
  ops: [convName],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<ConvAttributes>;
    const [x, w, bias] = inputs;
    if (x!.dtype !== "float32") return { refused: `input is ${x!.dtype}, not float32` };
    const tile = tileOf(target);
    if (!tile) return { refused: "no float32 arithmetic in hardware" };
    if (!w!.data || (bias && !bias.data)) return { refused: "weights or bias are computed at run time" };
    if (attrs.group !== 1) return { refused: "grouped: a window serves too few channels" };
    const plane = planeOf(x!.shape, w!.shape, attrs);
    if (!plane) return { refused: "three spatial dimensions" };
    const channels = plane.outputChannels;
    if (channels % block !== 0) return { refused: `channels do not divide by ${block}` };
    const weights = w!.data as Float32Array;
    if (!weights.every(Number.isFinite)) return { refused: "weights that are not finite" };
    const depth = weights.length / channels;
    const decoding = decodingOf({
      ...attrs,
      x: x!,
      weights: { ...w!, data: weights },
      y: outputs[0]!,
      loops: convolutionLoops(
        x!.shape.slice(1, -1),
        outputs[0]!.shape.slice(1, -1),
        convWindow(w!.shape, attrs),
      ),
    });
    const called = decoding?.channels ?? channels;
    if (called % block !== 0) return { refused: `channels decoded at once do not divide by ${block}` };
    const rows = gemmRows(plane, depth, positionsOfTile);
    const decoded = decoding ? 4 * called * depth : 0;
    const groups = channels / called;
    const step = groups > 1 ? called : 0;
    const perRow = numel(outputs[0]!.shape) / channels / (rows.batch * rows.rows);
    const tiles = rows.batch * rows.rows * Math.ceil(perRow / positionsOfTile);
    const direct = rows.direct ? rows.direct.to - rows.direct.from : 0;
    const gathered = rows.batch * rows.rows * (rows.positions - direct) * groups;
    const table = (name: string, data: Float32Array, what: string): KernelParameter => ({
      kind: "constant",
      name,
      dtype: "float32",
      data,
      what,
      ...(name === "bias" && step ? { step } : {}),
    });
    return {
      cost:
        tiles * (positionsOfTile * channels * (depth * tile.cost + 4) + 30 * groups) +
        gathered * (plane.kernelHeight * plane.kernelWidth * 30 + depth) +
        (decoding ? channels * depth * 4 : 0),
      reason: `${positionsOfTile} positions share each weight`,
      scratch: decoded + rows.block * depth * dtypeInfo.float32.bytes,
      notes: decoding ? [decodingNote(decoding)] : [],
      lower: () => ({
        template: "conv/float-tile",
        values: {
          ...gatherValues({ plane, attrs }, rows, depth),
          tilePositions: positionsOfTile,
          outputChannels: channels,
          groupChannels: called,
          depth,
        },
        parameters: [
          { kind: "input", name: "x", index: 0 },
          decoding
            ? { kind: "scratch", name: "weights", ctype: "const float" }
            : table(
                "weights",
                Float32Array.from(interleave(channels, channels, depth, (o, i) => weights[o * depth + i])),
                "weights, 4 output channels interleaved",
              ),
          table("bias", bias ? (bias.data as Float32Array) : new Float32Array(channels), "bias"),
          ...(rows.block > 0
            ? [{ kind: "scratch", name: "window", ctype: "float", offset: decoded } as const]
            : []),
          { kind: "output", name: "y", index: 0, ...(step ? { step } : {}) },
        ],
        uses: [tile.uses],
        groups: decoding && {
          count: groups,
          decode: decodeBlocks(decoding.stored, called, decoding.interleaved),
        },
      }),
    };
  },
});
