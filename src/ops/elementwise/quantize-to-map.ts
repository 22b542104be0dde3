import { numel, type Tensor, zeros } from "../../ir/tensor.js";
import { elements } from "../indexing.js";
import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { normalizeAxis } from "../op.js";
import type { QuantizeAttributes } from "../quantization/op.js";
import { forEachParameter, parameterLayout } from "../quantization/parameters.js";
import { addTakeOfAxis } from "../take/build.js";
import { addMap, type MapInput, reshaped } from "./add-map.js";
import type { StepBuilder, Term } from "./steps.js";

type Quantization = NodeView<QuantizeAttributes>;

/**
 * A scale or zero point in a shape that broadcasts to x: one element, the axis followed by ones, or, for
 * blocks, an element for each of x.
 */
function parameter(view: Quantization, index: number, build: LegalizeBuilder): MapInput {
  const [info, x] = [view.inputs[index]!, view.inputs[0]!];
  const name = view.node.inputs[index];
  const { axis, block_size } = view.attrs;
  if (block_size === 0) {
    if (numel(info.shape) === 1) return reshaped(build, { name, info }, []);
    const at = normalizeAxis(axis, x.shape.length);
    return reshaped(build, { name, info }, [x.shape[at], ...x.shape.slice(at + 1).map(() => 1)]);
  }
  if (!info.data) {
    const at = normalizeAxis(axis, x.shape.length);
    const blocks = Array.from({ length: x.shape[at] }, (_, i) => Math.floor(i / block_size));
    const full = { dtype: info.dtype, shape: x.shape };
    return { name: addTakeOfAxis(build, { name, shape: info.shape }, full, at, blocks), info: full };
  }
  const layout = parameterLayout(x.shape, view.inputs[1]!.shape, axis, block_size);
  const full = zeros(info.dtype, x.shape);
  const [from, to] = [elements(info as Tensor), elements(full)];
  forEachParameter(layout, (i, p) => {
    to[i] = from[p];
  });
  return { name: build.constant(index === 1 ? "scale" : "zero_point", full), info: full };
}

/** The node as a Map of the steps that `write` makes of x, scale and zero point (0 where it is left out). */
function legalize(
  view: Quantization,
  build: LegalizeBuilder,
  write: (p: StepBuilder, x: Term, scale: Term, zero: Term) => Term,
): readonly string[] {
  const scale = parameter(view, 1, build);
  const zero = view.inputs[2] && parameter(view, 2, build);
  const [x, output] = [view.inputs[0]!, view.outputs[0]!];
  const inputs = [{ name: view.node.inputs[0], info: x }, scale, ...(zero ? [zero] : [])];
  const integer = x.dtype === "float32" ? output.dtype : x.dtype;
  const y = addMap(build, inputs, output, (p, value, by, zeroPoint = p.constant(integer, 0)) =>
    write(p, value, by, zeroPoint),
  );
  return [y.name];
}

/** clamp(rne(x / scale) + zeroPoint) */
const quantizeLinear: Legalizer<QuantizeAttributes> = (view, build) =>
  legalize(view, build, (p, x, scale, zero) => p.saturate(p.same("Div", x, scale), zero));

/** float32(x - zeroPoint) * scale */
const dequantizeLinear: Legalizer<QuantizeAttributes> = (view, build) =>
  legalize(view, build, (p, x, scale, zero) => {
    const isZero = "constant" in zero.operand && Number(zero.operand.constant.data[0]) === 0;
    const difference = isZero ? x : p.same("Sub", p.cast(x, "int32"), p.cast(zero, "int32"));
    return p.same("Mul", p.cast(difference, "float32"), scale);
  });

export const quantizationLegalizers = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
} as Record<string, unknown> as Record<string, Legalizer>;
