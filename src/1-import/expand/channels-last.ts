// Layout [N, ..., C], to which ONNX Runtime changes a model that it saves optimized  =>  [N, C, ...] between Transposes
import { attr } from "../../ops/op.js";
import type { OnnxAttribute } from "../model.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

/** [N, ..., C] -> [N, C, ...], or back. */
export function moveChannels(build: ExpansionBuilder, x: string, first: boolean): string {
  const rank = build.shape(x).length;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + (first ? 1 : 2));
  return build.op("Transpose", [x], { perm: first ? [0, rank - 1, ...spatial] : [0, ...spatial, 1] });
}

const window = {
  auto_pad: attr.optional(attr.string()),
  kernel_shape: attr.optional(attr.ints()),
  pads: attr.optional(attr.ints()),
  strides: attr.optional(attr.ints()),
};
const dilations = attr.optional(attr.ints());
const flag = attr.optional(attr.int());

/** An operator whose first input and only output have the layout; `name` also stands for `op` in it. */
const channelsLast = (
  name: string,
  op: string,
  inputs: readonly [number, number],
  attributes: Expansion["attributes"],
  onlyWith?: string,
): Expansion =>
  defineExpansion({
    name,
    onlyWith,
    attributes: onlyWith ? { ...attributes, [onlyWith]: flag } : attributes,
    inputs,
    expand(build, [x, ...others], { channels_last, ...attrs }) {
      const given = Object.entries(attrs).filter(([, value]) => value !== undefined);
      const attributes = Object.fromEntries(given) as Record<string, OnnxAttribute>;
      const y = build.op(op, [moveChannels(build, x, true), ...others], attributes);
      return [moveChannels(build, y, false)];
    },
  });

const pool = "com.microsoft.QLinearAveragePool";
const globalPool = "com.microsoft.QLinearGlobalAveragePool";

export const channelsLastExpansions: readonly Expansion[] = [
  channelsLast("com.microsoft.NhwcMaxPool", "MaxPool", [1, 1], { ...window, dilations, ceil_mode: flag }),
  channelsLast(
    "com.microsoft.QLinearConv",
    "QLinearConv",
    [8, 9],
    { ...window, dilations, group: flag },
    "channels_last",
  ),
  channelsLast(pool, pool, [4, 5], { ...window, ceil_mode: flag, count_include_pad: flag }, "channels_last"),
  channelsLast(globalPool, globalPool, [5, 5], {}, "channels_last"),
];
