import { zeros } from "../../ir/tensor.js";
import { eachIndex, elements, positionOf } from "../indexing.js";
import type { Reference } from "../op.js";
import { type Col2ImAttributes, col2imPlan } from "./op.js";

/** Adds the input's elements in their order; floats round every time, integers wrap. */
const col2im: Reference<Col2ImAttributes> = (inputs, attrs) => {
  const input = inputs[0]!;
  const { batches, channels, axes } = col2imPlan(inputs, attrs);
  const rank = axes.length;
  const result = zeros(input.dtype, [batches, channels, ...axes.map((axis) => axis.size)]);
  const out = elements(result);
  const seen = [batches, channels, ...axes.map((axis) => axis.kernel), ...axes.map((axis) => axis.columns)];
  eachIndex(seen, (index, position) => {
    const place = axes.map(
      ({ stride, dilation, pad }, i) => index[2 + rank + i] * stride - pad + index[2 + i] * dilation,
    );
    if (place.some((p, i) => p < 0 || p >= axes[i].size)) return;
    const at = positionOf(result.shape, [index[0], index[1], ...place]);
    const [sum, value] = [out[at], elements(input)[position]];
    out[at] = typeof sum === "bigint" ? sum + BigInt(value) : sum + Number(value);
  });
  return [result];
};

export const references: Record<string, Reference> = { Col2Im: col2im as Reference };
