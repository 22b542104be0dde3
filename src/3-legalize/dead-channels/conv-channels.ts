import { isQuantDType } from "../../ir/dtype.js";
import { constantOf, type Graph, getValue, type Node } from "../../ir/graph.js";
import type { Tensor } from "../../ir/tensor.js";
import { type ConvAttributes, convName, convOutputShape } from "../../ops/conv/kernel-op.js";
import { axisRanges } from "../../ops/conv/regions.js";

/** An integer `vcgen.Conv` with constant weights, channel by channel. */
export interface ConvChannels {
  readonly attrs: ConvAttributes;
  readonly weights: Tensor;
  readonly bias: Tensor | undefined;
  /** Channels of x and y, and of each group. */
  readonly inputs: number;
  readonly outputs: number;
  readonly groupInputs: number;
  readonly groupOutputs: number;
  /** Kernel positions. */
  readonly taps: number;
  /** For each border case the taps inside the input; one case where all output positions see the same. */
  readonly cases: readonly (readonly number[])[];
  /** Weight of output channel o at a tap for input i of its group, less the zero point. */
  weight(o: number, tap: number, i: number): number;
}

/** The node as `ConvChannels`; undefined where it is another operator, float, or its weights are computed. */
export function convChannels(graph: Graph<"kernel">, node: Node): ConvChannels | undefined {
  if (node.op !== convName) return undefined;
  const x = getValue(graph, node.inputs[0]);
  const weights = constantOf(graph, node.inputs[1]);
  const bias = constantOf(graph, node.inputs[2]);
  if (!isQuantDType(x.dtype) || !weights || (node.inputs[2] && !bias)) return undefined;
  const attrs = node.attrs as ConvAttributes;
  const outputs = weights.shape[0];
  const groupInputs = weights.shape[weights.shape.length - 1];
  const taps = weights.shape.slice(1, -1).reduce((n, d) => n * d, 1);
  const data = weights.data as Int8Array;
  return {
    attrs,
    weights,
    bias,
    inputs: groupInputs * attrs.group,
    outputs,
    groupInputs,
    groupOutputs: outputs / attrs.group,
    taps,
    cases: borderCases(x.shape, weights.shape, attrs),
    weight: (o, tap, i) => data[(o * taps + tap) * groupInputs + i] - zeroPointOf({ attrs }, o),
  };
}

export const zeroPointOf = ({ attrs: { wZeroPoints } }: Pick<ConvChannels, "attrs">, o: number): number =>
  wZeroPoints.length === 1 ? wZeroPoints[0] : wZeroPoints[o];

/** Whether each input channel has outputs of its own, which come and go with it. */
export const isDepthwise = ({ attrs, groupInputs }: ConvChannels): boolean =>
  attrs.group > 1 && groupInputs === 1;

/** Whether output channel o reads input i of its group at all. */
export function reads(conv: ConvChannels, o: number, i: number): boolean {
  for (let tap = 0; tap < conv.taps; tap++) if (conv.weight(o, tap, i) !== 0) return true;
  return false;
}

/** The taps inside the input for each kind of output position, as flat kernel positions. */
function borderCases(x: readonly number[], w: readonly number[], attrs: ConvAttributes): number[][] {
  const spatial = convOutputShape(x, w, attrs).slice(1, -1);
  let cases: number[][] = [[0]];
  spatial.forEach((outputs, axis) => {
    const kernel = w[1 + axis];
    const { strides, dilations, pads } = attrs;
    const ranges = axisRanges(outputs, x[1 + axis], kernel, strides[axis], dilations[axis], pads[axis]);
    cases = cases.flatMap((outer) =>
      ranges.map(({ firstTap, endTap }) =>
        outer.flatMap((tap) =>
          Array.from({ length: endTap - firstTap }, (_, k) => tap * kernel + firstTap + k),
        ),
      ),
    );
  });
  return cases;
}
