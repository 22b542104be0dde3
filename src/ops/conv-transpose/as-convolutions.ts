import { dtypeInfo } from "../../ir/dtype.js";
import { numel, type Shape, type Tensor, zeros } from "../../ir/tensor.js";
import { type ConvAttributes, convName } from "../conv/kernel-op.js";
import { addCopy, wholePiece } from "../copy/build.js";
import type { Piece } from "../copy/op.js";
import { eachIndex } from "../indexing.js";
import { type LegalizeBuilder, transpose, view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { outputDType } from "../requantize.js";
import type { ConvTransposeAttributes } from "./kernel-op.js";
import { axesOf, ownWindows, type Phase, type PhasedAxis, sharedWindow } from "./phases.js";

/** A transposed convolution in the kernels' layout. */
export interface KernelConvTranspose {
  /** [N, ...spatial, C] */
  readonly x: { readonly name: string; readonly info: ValueInfo };
  /** [OC, ...kernel, C/group] */
  readonly weights: Tensor;
  readonly bias?: Tensor;
  readonly attrs: ConvTransposeAttributes;
}

/** Instructions for a byte that is moved, in multiply-accumulates of a fast kernel. */
const copyCost = 4;

/**
 * A transposed convolution as ordinary ones of stride 1, which have the fast kernels: outputs of the same
 * phase, their position modulo the stride, are a convolution with every stride-th kernel position.
 *
 * Ungrouped, all phases are channels of one convolution. In one dimension its output rows are the
 * result's rows, in blocks of `stride`; in two a Transpose interleaves them. Grouped, or where phases reach
 * so unequally that a shared window would hold many taps without weights, each phase is a convolution of
 * its own and a Copy interleaves them. Gives [N, ...outputSpatial, OC], or undefined where
 * neither is exact or cheaper: dilation, three dimensions, float32 sums of several taps (their order
 * would change, and a missing tap times infinity is no 0), phases without taps.
 */
export function asConvolutions(build: LegalizeBuilder, c: KernelConvTranspose): string | undefined {
  const { attrs, weights } = c;
  const { shape } = c.x.info;
  const kernel = weights.shape.slice(1, -1);
  const float = attrs.output.kind === "float32";
  if (attrs.dilations.some((d) => d > 1) || kernel.length > 2) return undefined;
  const axes = axesOf(shape.slice(1, -1), kernel, attrs);
  const shared = all(axes.map(sharedWindow));
  if (float && !shared?.every(({ phases }) => phases.every(onlyTap))) return undefined;
  const own = all(axes.map(ownWindows));
  if (shared && attrs.group === 1 && kernel.every((k, i) => k >= attrs.strides[i])) {
    const copy = shape[0] * numel(attrs.outputSpatial) * weights.shape[0] * copyCost;
    const together = productsOf(c, shared, tiles(weights.shape[0] * numel(attrs.strides)));
    const apart = own ? productsOf(c, own, numel(attrs.strides) * tiles(weights.shape[0])) : Infinity;
    if (together <= apart + copy) return oneConvolution(build, c, shared);
  }
  return own && !float ? onePerPhase(build, c, own) : undefined;
}

const onlyTap = ({ taps }: Phase): boolean => taps.length === 1 && taps[0] !== undefined;

const all = <T>(list: readonly (T | undefined)[]): T[] | undefined =>
  list.every((entry) => entry !== undefined) ? (list as T[]) : undefined;

/** Channels that fast kernels compute for this many: 4 at a time. */
const tiles = (channels: number): number => Math.ceil(channels / 4) * 4;

/** Multiply-accumulates of all phases, which have so many channels together. */
const productsOf = (
  { x, weights }: KernelConvTranspose,
  axes: readonly PhasedAxis[],
  channels: number,
): number =>
  axes.reduce(
    (n, { blocks, phases }) => {
      const taps = phases.reduce((sum, phase) => sum + phase.taps.length, 0) / phases.length;
      return n * blocks * taps;
    },
    x.info.shape[0] * channels * weights.shape.at(-1)!,
  );

/** All phases as channels [...phases, OC] of one convolution. */
function oneConvolution(build: LegalizeBuilder, c: KernelConvTranspose, axes: readonly PhasedAxis[]): string {
  const phases = axes.map(({ phases }) => phases.length);
  const windows = combinations(phases).map((phase) => phase.map((p, i) => axes[i].phases[p]));
  const y = convolve(
    build,
    c,
    windows.map((window) => window.map(({ taps }) => taps)),
    windows[0],
  );
  // [N, ...blocks, ...phases, OC] to [N, block 0, phase 0, block 1, phase 1, OC].
  const rank = axes.length;
  const split = [y.info.shape[0], ...axes.map((axis) => axis.blocks), ...phases, c.weights.shape[0]];
  const perm = [0, ...axes.flatMap((_, i) => [1 + i, 1 + rank + i]), 1 + 2 * rank];
  const apart = view(build, y.name, y.info, split);
  const joined = transpose(build, apart, { dtype: y.info.dtype, shape: split }, perm);
  const info = { dtype: y.info.dtype, shape: perm.map((axis) => split[axis]) };
  return cropped(build, c, axes, joined, info);
}

/** A convolution for each phase, then [N, block 0, phase 0, ..., OC] from all of them. */
function onePerPhase(build: LegalizeBuilder, c: KernelConvTranspose, axes: readonly PhasedAxis[]): string {
  const list = combinations(axes.map(({ phases }) => phases.length));
  const between = (blocks: readonly number[], phases: readonly number[], channels: number) => [
    c.x.info.shape[0],
    ...blocks.flatMap((block, i) => [block, phases[i]]),
    channels,
  ];
  const channels = c.weights.shape[0];
  const blocks = axes.map((axis) => axis.blocks);
  const one = between(
    blocks,
    axes.map(() => 1),
    channels,
  );
  const dtype = outputDType(c.attrs.output);
  const operands: { name: string; shape: Shape }[] = [];
  const pieces: Piece[] = [];
  list.forEach((phase, i) => {
    const window = phase.map((p, axis) => axes[axis].phases[p]);
    const y = convolve(build, c, [window.map(({ taps }) => taps)], window);
    operands.push({ name: view(build, y.name, y.info, one), shape: one });
    const to = between(
      blocks.map(() => 0),
      phase,
      0,
    );
    pieces.push(wholePiece(i, one, to.with(0, 0)));
  });
  const shape = between(
    blocks,
    axes.map(({ phases }) => phases.length),
    channels,
  );
  return cropped(build, c, axes, addCopy(build, operands, { dtype, shape }, pieces), { dtype, shape });
}

/** The outputs that are kept of [N, block 0, phase 0, ..., OC]. */
function cropped(
  build: LegalizeBuilder,
  c: KernelConvTranspose,
  axes: readonly PhasedAxis[],
  blocks: string,
  info: ValueInfo,
): string {
  const lengths = axes.map((axis) => axis.blocks * axis.phases.length);
  const whole = [info.shape[0], ...lengths, c.weights.shape[0]];
  const shape = [info.shape[0], ...c.attrs.outputSpatial, c.weights.shape[0]];
  const name = view(build, blocks, info, whole);
  const piece: Piece = {
    input: 0,
    count: shape,
    from: [0, ...axes.map((axis) => axis.crop), 0],
    step: shape.map(() => 1),
    to: shape.map(() => 0),
  };
  return addCopy(build, [{ name, shape: whole }], { dtype: info.dtype, shape }, [piece]);
}

/**
 * A convolution with one set of channels for each entry of `windows`, which gives the kernel position of
 * each tap on each axis; `pads` has one entry for each axis.
 */
function convolve(
  build: LegalizeBuilder,
  { x, weights, bias, attrs }: KernelConvTranspose,
  windows: readonly (readonly (readonly (number | undefined)[])[])[],
  pads: readonly { readonly padBegin: number; readonly padEnd: number }[],
): { name: string; info: ValueInfo } {
  const repeat = <T>(list: readonly T[]): T[] =>
    list.length === 1 ? [...list] : windows.flatMap(() => list);
  const ones = pads.map(() => 1);
  const { output, wZeroPoints } = attrs;
  const convAttrs: ConvAttributes = {
    strides: ones,
    dilations: ones,
    pads: [...pads.map((p) => p.padBegin), ...pads.map((p) => p.padEnd)],
    group: attrs.group,
    xZeroPoint: attrs.xZeroPoint,
    wZeroPoints: repeat(wZeroPoints),
    output: output.kind === "requantize" ? { ...output, scales: repeat(output.scales) } : output,
  };
  const kernel = windows[0].map((taps) => taps.length);
  const channels = weights.shape[0] * windows.length;
  const packed = zeros(weights.dtype, [channels, ...kernel, weights.shape.at(-1)!]);
  windows.forEach((window, i) => {
    packed.data.set(
      tapsOf(weights, window, wZeroPoints).data as never,
      (i * packed.data.length) / windows.length,
    );
  });
  const inputs = [x.name, build.constant("weights", packed)];
  if (bias) {
    const data = new dtypeInfo[bias.dtype].array(channels);
    for (let i = 0; i < windows.length; i++) data.set(bias.data as never, i * weights.shape[0]);
    inputs.push(build.constant("bias", { dtype: bias.dtype, shape: [channels], data }));
  }
  const spatial = pads.map((p, i) => x.info.shape[1 + i] + p.padBegin + p.padEnd - kernel[i] + 1);
  const info = { dtype: outputDType(output), shape: [x.info.shape[0], ...spatial, channels] };
  return { name: build.node(convName, inputs, info, convAttrs), info };
}

/** Weights [OC, ...taps, C/group] of kernel positions; the zero point, which adds nothing, where there is none. */
function tapsOf(
  { dtype, shape, data }: Tensor,
  window: readonly (readonly (number | undefined)[])[],
  zeroPoints: readonly number[],
): Tensor {
  const kernel = shape.slice(1, -1);
  const depth = shape.at(-1)!;
  const result = zeros(dtype, [shape[0], ...window.map((taps) => taps.length), depth]);
  let at = 0;
  for (let o = 0; o < shape[0]; o++) {
    eachIndex(
      window.map((taps) => taps.length),
      (tap) => {
        const position = tap.reduce<number | undefined>((sum, t, axis) => {
          const k = window[axis][t];
          return sum === undefined || k === undefined ? undefined : sum * kernel[axis] + k;
        }, 0);
        for (let c = 0; c < depth; c++, at++) {
          if (position === undefined) {
            result.data[at] = zeroPoints.length === 1 ? zeroPoints[0] : zeroPoints[o];
          } else result.data[at] = data[(o * numel(kernel) + position) * depth + c];
        }
      },
    );
  }
  return result;
}

/** All indices of an array with these lengths, in row-major order. */
function combinations(lengths: readonly number[]): number[][] {
  const list: number[][] = [];
  eachIndex(lengths, (index) => list.push([...index]));
  return list;
}
