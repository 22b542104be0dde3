import { type DType, dtypeInfo, isQuantDType } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Target } from "../../target/target.js";
import { channelBlocks } from "../channel-blocks.js";
import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { type Store, storeOf } from "../store.js";
import { span } from "../window.js";
import { convolutionLoops, type WindowLoop } from "../window-loops.js";
import { type PoolAttributes, type PoolDivisor, type PoolQuantization, poolName } from "./kernel-op.js";

/** Any `vcgen.Pool`, in portable C: 4 channels at a time over clipped windows. */
const pool: Kernel = {
  name: "pool",
  isa: "scalar",
  ops: [poolName],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<PoolAttributes>;
    const taps = numel(attrs.kernel);
    if (attrs.pool.kind === "sum" && taps * 65535 > 2 ** 31) {
      return { refused: `a sum over a window of ${taps} may leave int32` };
    }
    const float = inputs[0]!.dtype === "float32" || attrs.pool.kind === "average";
    const perTap = float && target.features.fpu === "none" ? 60 : 5;
    return {
      cost: numel(outputs[0]!.shape) * (taps * perTap + 20),
      reason: "any shape",
      lower: () => lowerPool(view as NodeView<PoolAttributes>, target),
    };
  },
};

function lowerPool({ attrs, inputs, outputs }: NodeView<PoolAttributes>, target: Target): KernelCode {
  const { pool: kind } = attrs;
  const x = inputs[0]!;
  const y = outputs[0] ?? outputs[1]!;
  const spatial = x.shape.slice(1, -1);
  const channels = x.shape[x.shape.length - 1];
  const loops = convolutionLoops(spatial, y.shape.slice(1, -1), attrs);
  const clips = loops.some((loop) => loop.clip);
  const quantize = kind.kind === "average" ? kind.quantize : undefined;
  const zeroPoint = kind.kind === "sum" ? kind.xZeroPoint : (quantize?.xZeroPoint ?? 0);
  const subtract = kind.kind === "sum" && clips && zeroPoint !== 0;
  const indices = outputs[1] !== undefined && kind.kind === "max" ? kind.indices : undefined;
  const store = storeFor(attrs, x.dtype, channels, target);
  return {
    template: "pool/scalar",
    values: {
      dims: loops.map((loop, axis) => ({
        ...loop,
        xStride: numel(x.shape.slice(axis + 2)),
        indexStride: numel(indices === "column-major" ? spatial.slice(0, axis) : spatial.slice(axis + 1)),
        padded: 0,
      })),
      counts: [],
      divisor: 0,
      ...(kind.kind === "average" ? averageOver(attrs, kind.divisor, loops, x.shape) : {}),
      batches: x.shape[0] > 1 ? x.shape[0] : 0,
      xBatch: numel(x.shape.slice(1)),
      channels,
      plane: numel(spatial),
      blocks: channelBlocks(channels),
      xType: dtypeInfo[x.dtype].c,
      yType: dtypeInfo[y.dtype].c,
      sum: kind.kind === "max" ? dtypeInfo[x.dtype].c : kind.kind === "sum" ? "int32_t" : "float",
      start: startOf(attrs, x.dtype, subtract ? 0 : zeroPoint),
      subtract,
      indices: indices !== undefined,
      max: kind.kind === "max",
      add: kind.kind === "sum" || (kind.kind === "average" && !quantize),
      addReal: quantize !== undefined,
      addMagnitude: kind.kind === "lp" && kind.p === 1,
      addSquare: kind.kind === "lp" && kind.p === 2,
      root: kind.kind === "lp" && kind.p === 2,
      low: (quantize?.min ?? 0) + (quantize?.offset ?? 0),
      high: (quantize?.max ?? 0) + (quantize?.offset ?? 0),
      offset: quantize?.offset ?? 0,
      store: store.values,
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      ...(subtract || quantize ? [scalar("x_zero_point", zeroPoint)] : []),
      ...(quantize ? quantizeParameters(quantize) : []),
      ...store.parameters,
      { kind: "output", name: "y", index: 0 },
      ...(indices ? [{ kind: "output", name: "y_indices", index: 1 } as const] : []),
    ],
    uses: [
      ...store.uses,
      ...(quantize ? ["requantize/mean"] : []),
      ...(kind.kind === "lp" && kind.p === 2 ? ["math/sqrt"] : []),
      ...(kind.kind === "max" && x.dtype === "float32" ? ["math/infinity"] : []),
    ],
  };
}

const scalar = (name: string, value: number): KernelParameter => ({
  kind: "scalar",
  name,
  ctype: "int32_t",
  value: `${value}`,
});

/** Only sums are requantized; everything else is stored as it is. */
function storeFor({ pool: kind, kernel }: PoolAttributes, x: DType, channels: number, target: Target): Store {
  if (kind.kind !== "sum") return storeOf({ output: { kind: "float32" }, target });
  const taps = numel(kernel);
  const low = Math.min(dtypeInfo[x].min - kind.xZeroPoint, 0) * taps;
  const high = Math.max(dtypeInfo[x].max - kind.xZeroPoint, 0) * taps;
  const ranges = Array.from({ length: channels }, () => ({ min: low, max: high }));
  return storeOf({ output: kind.output, target, ranges });
}

const quantizeParameters = (to: PoolQuantization): KernelParameter[] => [
  {
    kind: "constant",
    name: "mean_scales",
    dtype: "float32",
    data: Float32Array.of(to.xScale, to.yScale),
    what: "scale of the input, scale of the output",
  },
  scalar("y_zero_point", to.yZeroPoint + to.offset),
];

/** What the accumulator starts from: where windows are whole, the zero point's share of a sum is in it. */
function startOf({ pool: kind, kernel }: PoolAttributes, x: DType, zeroPoint: number): string {
  if (kind.kind === "max") return isQuantDType(x) ? `${dtypeInfo[x].min}` : "-vc_infinity()";
  return kind.kind === "sum" ? `${-zeroPoint * numel(kernel) || 0}` : "0.0F";
}

/** What the average divides by: a constant where all windows have the same count, else C expressions to multiply. */
function averageOver(
  attrs: PoolAttributes,
  divisor: PoolDivisor,
  loops: readonly WindowLoop[],
  x: readonly number[],
) {
  const rank = loops.length;
  const strides = loops.map((_, axis) => numel(x.slice(axis + 2)));
  const dims = loops.map((loop, axis) => {
    const extent = loop.in + attrs.pads[axis] + attrs.pads[rank + axis];
    const overhangs = (loop.out - 1) * loop.stride + span(loop.kernel, loop.dilation) > extent;
    const padded = divisor === "padded" && overhangs ? extent : 0;
    return { ...loop, xStride: strides[axis], indexStride: 0, padded };
  });
  const varies = divisor === "padded" ? dims.some((d) => d.padded > 0) : loops.some((loop) => loop.clip);
  if (divisor === "kernel" || !varies) return { dims, counts: [], divisor: numel(attrs.kernel) };
  const counts = dims.map(({ axis, kernel, clip, padded }) => {
    if (divisor === "padded") return padded > 0 ? `counted${axis}` : `${kernel}`;
    return clip ? `(end${axis} > first${axis} ? end${axis} - first${axis} : 0)` : `${kernel}`;
  });
  return { dims, counts, divisor: 0 };
}

export const kernels: Kernel[] = [pool];
