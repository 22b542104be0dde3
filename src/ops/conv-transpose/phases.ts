import type { ConvTransposeAttributes } from "./kernel-op.js";

/** Where a transposed convolution puts its input on one axis. */
export interface TransposedAxis {
  /** Input positions. */
  readonly inputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padBegin: number;
  readonly outputs: number;
}

/**
 * One axis seen as blocks of `stride` neighbouring outputs. Output `crop + p` of the blocks is output p; its
 * place in its block is its phase, and each phase is an ordinary convolution of stride 1 with taps
 * `input = block - padBegin + tap`.
 */
export interface PhasedAxis {
  readonly blocks: number;
  /** Outputs before the first that is kept. */
  readonly crop: number;
  readonly phases: readonly Phase[];
}

export interface Phase {
  /** Not negative; with these pads there is one position for each block. */
  readonly padBegin: number;
  readonly padEnd: number;
  /** For each tap the kernel position it multiplies by; undefined if none. */
  readonly taps: readonly (number | undefined)[];
}

/**
 * The axis with the same window for all phases, so that they are channels of one convolution, from where
 * blocks start that this takes fewest products. Phases that do not reach the whole window have taps without weights.
 * Undefined if the pads crop so much that the window would begin inside the input.
 */
export function sharedWindow(axis: TransposedAxis): PhasedAxis | undefined {
  const { inputs, kernel, stride, padBegin, outputs } = axis;
  let best: PhasedAxis | undefined;
  for (let crop = 0; crop < stride; crop++) {
    const reaches = phaseReaches(kernel, stride, padBegin - crop).filter(({ count }) => count > 0);
    const first = Math.min(...reaches.map((r) => r.last - r.count + 1));
    const last = Math.max(...reaches.map((r) => r.last));
    const window = last - first + 1;
    if (first > 0) continue;
    const needed = Math.ceil((crop + outputs) / stride);
    // A convolution has a position for all of its input.
    const blocks = Math.max(needed, inputs - last);
    if (best && blocks * window >= best.blocks * best.phases[0].taps.length) continue;
    const phases = phaseReaches(kernel, stride, padBegin - crop).map(({ firstKernel, last: newest }) => ({
      padBegin: -first,
      padEnd: blocks + last - inputs,
      taps: Array.from({ length: window }, (_, tap) => {
        const k = firstKernel + (newest - first - tap) * stride;
        return k >= firstKernel && k < kernel ? k : undefined;
      }),
    }));
    best = { blocks, crop, phases };
  }
  return best;
}

/**
 * The axis with a window of its own for each phase, and so no product too many. Undefined if a phase has
 * no tap, or the pads crop so much that a window would begin or end inside the input.
 */
export function ownWindows({
  inputs,
  kernel,
  stride,
  padBegin,
  outputs,
}: TransposedAxis): PhasedAxis | undefined {
  const blocks = Math.ceil(outputs / stride);
  const phases = phaseReaches(kernel, stride, padBegin).map(({ firstKernel, last, count }) => ({
    padBegin: count - 1 - last,
    padEnd: blocks + last - inputs,
    taps: Array.from({ length: count }, (_, tap) => firstKernel + (count - 1 - tap) * stride),
  }));
  const possible = phases.every((p) => p.taps.length > 0 && p.padBegin >= 0 && p.padEnd >= 0);
  return possible ? { blocks, crop: 0, phases } : undefined;
}

/**
 * What each phase reads if block 0 starts at position `origin` of the uncropped output: in block j,
 * kernel position `firstKernel + m * stride` meets input `j + last - m`, for m below `count`.
 */
const phaseReaches = (kernel: number, stride: number, origin: number) =>
  Array.from({ length: stride }, (_, phase) => {
    const last = Math.floor((phase + origin) / stride);
    const firstKernel = phase + origin - last * stride;
    return { firstKernel, last, count: Math.max(0, Math.ceil((kernel - firstKernel) / stride)) };
  });

/** The axes of a node with weights [OC, ...kernel, C/group] and input [N, ...spatial, C]. */
export const axesOf = (
  spatial: readonly number[],
  kernel: readonly number[],
  attrs: Pick<ConvTransposeAttributes, "strides" | "padsBegin" | "outputSpatial">,
): TransposedAxis[] =>
  spatial.map((inputs, i) => ({
    inputs,
    kernel: kernel[i],
    stride: attrs.strides[i],
    padBegin: attrs.padsBegin[i],
    outputs: attrs.outputSpatial[i],
  }));
