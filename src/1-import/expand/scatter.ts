import { numel, tensor } from "../../ir/tensor.js";
import { attr, normalizeAxis, OpError } from "../../ops/op.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

const scalar = (value: number) => tensor("int64", [], [value]);
const vector = (values: readonly number[]) => tensor("int64", [values.length], values);
const counting = (count: number) =>
  tensor(
    "int64",
    [count],
    Array.from({ length: count }, (_, i) => i),
  );

/** `update` written into `past` along an axis from one position for each batch on; round the end if circular. */
const tensorScatter = defineExpansion<{
  readonly axis: number;
  readonly mode: "linear" | "circular";
}>({
  name: "TensorScatter",
  opsets: [24, 28],
  attributes: { axis: attr.int(-2), mode: attr.string("linear", ["linear", "circular"]) },
  inputs: [2, 3],
  expand(build, [past, update, starts = ""], attrs) {
    const shape = build.shape(update);
    const axis = normalizeAxis(attrs.axis, shape.length);
    if (axis === 0) throw new OpError("the axis must not be the batch");
    const along = shape.map((_, i) => (i === axis ? shape[axis] : 1));
    const steps = build.op("Reshape", [build.constant(counting(shape[axis])), build.constant(vector(along))]);
    let places = steps;
    if (starts) {
      const each = build.constant(vector(shape.map((_, i) => (i === 0 ? -1 : 1))));
      places = build.op("Add", [build.op("Reshape", [starts, each]), steps]);
    }
    if (attrs.mode === "circular") {
      places = build.op("Mod", [places, build.constant(scalar(build.shape(past)[axis]))]);
    }
    const everywhere = build.op("Expand", [places, build.constant(vector(shape))]);
    return [build.op("ScatterElements", [past, everywhere, update], { axis })];
  },
});

/** Values put back to the places that a MaxPool took them from: flat positions in an image of the size before it. */
const maxUnpool = defineExpansion<{
  readonly kernel_shape: readonly number[];
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
}>({
  name: "MaxUnpool",
  opsets: [9, 28],
  attributes: {
    kernel_shape: attr.ints(),
    pads: attr.optional(attr.ints()),
    strides: attr.optional(attr.ints()),
  },
  inputs: [2, 3],
  expand(build, [x, places, size = ""], { kernel_shape: kernel, pads, strides }) {
    const shape = build.shape(x);
    const n = kernel.length;
    const pad = (i: number): number => (pads?.[i] ?? 0) + (pads?.[i + n] ?? 0);
    const image = kernel.map((k, i) => (shape[i + 2] - 1) * (strides?.[i] ?? 1) + k - pad(i));
    const whole = [...shape.slice(0, 2), ...image];
    if (size && `${sizesOf(build, size)}` !== `${whole}`) {
      throw new OpError(
        `an output_shape other than [${whole}] is not supported: ONNX and ONNX Runtime count positions differently`,
        "Leave output_shape out, and pad afterwards.",
        "unsupported",
      );
    }
    const zeros = build.constant(tensor("float32", [numel(whole)], []));
    const flat = (name: string): string => build.op("Reshape", [name, build.constant(vector([-1]))]);
    const filled = build.op("ScatterElements", [zeros, flat(places), flat(x)], { axis: 0 });
    const y = build.op("Reshape", [filled, build.constant(vector(whole))]);
    return [y];
  },
});

function sizesOf(build: ExpansionBuilder, name: string): number[] {
  const { data } = build.info(name);
  if (data) return Array.from(data as ArrayLike<number | bigint>, Number);
  throw new OpError("the size is computed at run time; it must be constant", undefined, "unsupported");
}

export const scatterExpansions: readonly Expansion[] = [tensorScatter, maxUnpool];
