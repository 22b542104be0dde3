import { tensor } from "../../ir/tensor.js";
import { attr } from "../../ops/op.js";
import type { OnnxAttribute } from "../model.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

/** [N, ..., C] -> [N, C, ...], or back. */
function moveChannels(build: ExpansionBuilder, x: string, first: boolean): string {
  const rank = build.shape(x).length;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i + (first ? 1 : 2));
  return build.op("Transpose", [x], { perm: first ? [0, rank - 1, ...spatial] : [0, ...spatial, 1] });
}

/** MaxPool of [N, ..., C]. */
const nhwcMaxPool = defineExpansion({
  name: "com.microsoft.NhwcMaxPool",
  attributes: {
    auto_pad: attr.optional(attr.string()),
    ceil_mode: attr.optional(attr.int()),
    dilations: attr.optional(attr.ints()),
    kernel_shape: attr.ints(),
    pads: attr.optional(attr.ints()),
    strides: attr.optional(attr.ints()),
  },
  inputs: [1, 1],
  expand(build, [x], attrs) {
    const given = Object.entries(attrs).filter(([, value]) => value !== undefined);
    const y = build.op(
      "MaxPool",
      [moveChannels(build, x, true)],
      Object.fromEntries(given) as Record<string, OnnxAttribute>,
    );
    return [moveChannels(build, y, false)];
  },
});

const groupAttributes = {
  activation: attr.int(0),
  channels_last: attr.bool(true),
  epsilon: attr.float(1e-5),
  groups: attr.int(),
};

type GroupNorm = {
  readonly activation: number;
  readonly channels_last: boolean;
  readonly epsilon: number;
  readonly groups: number;
};

/** Groups of channels normalized; with activation 1 times its own sigmoid. */
function groupNorm(build: ExpansionBuilder, [x, gamma, beta]: readonly string[], attrs: GroupNorm): string {
  const moved = attrs.channels_last ? moveChannels(build, x, true) : x;
  const y = build.op("GroupNormalization", [moved, gamma, beta], {
    epsilon: attrs.epsilon,
    num_groups: attrs.groups,
  });
  const active = attrs.activation === 1 ? build.op("Swish", [y]) : y;
  return attrs.channels_last ? moveChannels(build, active, false) : active;
}

const groupNormalization = defineExpansion<GroupNorm>({
  name: "com.microsoft.GroupNorm",
  attributes: groupAttributes,
  inputs: [3, 3],
  expand: (build, inputs, attrs) => [groupNorm(build, inputs, attrs)],
});

/** X + skip + bias, then as GroupNorm; the sum is the second output. `skip` is like X or [N, C]. */
const skipGroupNormalization = defineExpansion<GroupNorm>({
  name: "com.microsoft.SkipGroupNorm",
  attributes: groupAttributes,
  inputs: [4, 5],
  outputs: [1, 2],
  expand(build, [x, gamma, beta, skip, bias = ""], attrs) {
    const rank = build.shape(x).length;
    const ones = new Array<number>(rank - 2).fill(1);
    const wide = (name: string): string => {
      const shape = build.shape(name);
      if (shape.length === rank) return name;
      const [channels] = shape.slice(-1);
      const batch = shape.length === 2 ? shape[0] : 1;
      const to = attrs.channels_last ? [batch, ...ones, channels] : [batch, channels, ...ones];
      return build.op("Reshape", [name, build.constant(tensor("int64", [rank], to))]);
    };
    const sum = build.op("Add", [x, wide(skip)]);
    const total = bias ? build.op("Add", [sum, wide(bias)]) : sum;
    return [groupNorm(build, [total, gamma, beta], attrs), total];
  },
});

export const layoutExpansions: readonly Expansion[] = [
  nhwcMaxPool,
  groupNormalization,
  skipGroupNormalization,
];
