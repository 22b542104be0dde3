import { tensor } from "../../ir/tensor.js";
import { attr } from "../../ops/op.js";
import { moveChannels } from "./channels-last.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

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

export const layoutExpansions: readonly Expansion[] = [groupNormalization, skipGroupNormalization];
