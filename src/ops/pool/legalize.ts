import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder } from "../legalize.js";
import { type Legalizer, toChannelsFirst, toChannelsLast, transpose } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type PoolAttributes, type PoolKind, poolName } from "./kernel-op.js";
import {
  type AveragePoolAttributes,
  type LpPoolAttributes,
  type MaxPoolAttributes,
  type OnnxPoolAttributes,
  resolvePool,
} from "./op.js";

/** A pool in ONNX's layout as a `vcgen.Pool` between two transposes; `window` in ONNX's terms. */
export function buildPool(
  { node, inputs, outputs }: NodeView,
  build: LegalizeBuilder,
  window: Omit<PoolAttributes, "pool">,
  pool: PoolKind,
): readonly string[] {
  const rank = inputs[0]!.shape.length;
  const x = transpose(build, node.inputs[0], inputs[0]!, toChannelsLast(rank));
  const infos = outputs.map(
    (info) => info && { dtype: info.dtype, shape: toChannelsLast(rank).map((axis) => info.shape[axis]) },
  ) as ValueInfo[];
  const names = build.nodes(poolName, [x], infos, { ...window, pool });
  return names.map((name, i) => transpose(build, name, infos[i], toChannelsFirst(rank)));
}

/** The window of a pool over everything: one output position. */
export function globalWindow(x: ValueInfo): Omit<PoolAttributes, "pool"> {
  const spatial = x.shape.slice(2);
  const each = (value: number) => spatial.map(() => value);
  return {
    kernel: spatial,
    strides: each(1),
    dilations: each(1),
    pads: [...each(0), ...each(0)],
    ceil: false,
  };
}

const pooled =
  <A extends OnnxPoolAttributes>(kind: (attrs: A, view: NodeView<A>) => PoolKind): Legalizer<A> =>
  (view, build) =>
    buildPool(
      view,
      build,
      { ...resolvePool(view.attrs, view.inputs[0]!.shape), ceil: view.attrs.ceil_mode },
      kind(view.attrs, view),
    );

const global =
  (kind: (view: NodeView) => PoolKind): Legalizer =>
  (view, build) =>
    buildPool(view, build, globalWindow(view.inputs[0]!), kind(view));

const largest = pooled<MaxPoolAttributes>(({ storage_order }, { outputs }) => ({
  kind: "max",
  ...(outputs[1] && { indices: storage_order ? "column-major" : "row-major" }),
}));

export const legalizers: Record<string, Legalizer> = {
  AveragePool: pooled<AveragePoolAttributes>(({ count_include_pad }) => ({
    kind: "average",
    divisor: count_include_pad ? "padded" : "inside",
  })) as Legalizer,
  MaxPool: largest as Legalizer,
  LpPool: pooled<LpPoolAttributes>(({ p }) => ({ kind: "lp", p })) as Legalizer,
  GlobalAveragePool: global(() => ({ kind: "average", divisor: "inside" })),
  GlobalMaxPool: global(() => ({ kind: "max" })),
  GlobalLpPool: global(({ attrs }) => ({ kind: "lp", p: attrs.p as 1 | 2 })),
};
