import { dtypeInfo } from "../ir/dtype.js";
import { chooseRequantize, type RequantizeChoice } from "../proof/requantize/choose.js";
import { foldOffsets, type RequantizeForm } from "../proof/requantize/form.js";
import { type AccumulatorRange, int32Range } from "../proof/requantize/range.js";
import type { Target } from "../target/target.js";
import type { KernelParameter } from "./kernel.js";
import { type AccumulatorOutput, outputDType, type Requantize } from "./requantize.js";

/** How a kernel turns its accumulators into outputs, with templates/ops/conv/store.c.hbs. */
export interface Store {
  readonly values: StoreValues;
  readonly parameters: readonly KernelParameter[];
  readonly uses: readonly string[];
  /** For the report. */
  readonly notes: readonly string[];
  /** `offsets` are in the store's own constants: accumulators start from 0. */
  readonly folded: boolean;
}

/** What the template needs to know. */
interface StoreValues {
  readonly fixed64: boolean;
  readonly split32: boolean;
  /** Requantizes in float32, or in integers that do the same; also where the guard lets an output through. */
  readonly float: boolean;
  readonly emulate: boolean;
  readonly unit: number;
  readonly shift: number;
  readonly shiftsUpper: boolean;
  readonly guard: { readonly from: number; readonly to: number } | undefined;
  /** Scales differ between output channels. */
  readonly perChannel: boolean;
  readonly min: number;
  readonly max: number;
  /** Type of the output. */
  readonly ctype: string;
  /** Stores the accumulator itself. */
  readonly plain: boolean;
  /** Makes the accumulator an int32_t. */
  readonly cast: string;
  /** The bias comes after the sum, as float32 operators have it. */
  readonly addBias: boolean;
}

export interface StoreRequest {
  readonly output: AccumulatorOutput;
  readonly target: Target;
  /** The accumulator is a uint32_t, which holds an int32 that may wrap. */
  readonly wraps?: boolean;
  /** A float32 bias is added to the sum. */
  readonly addBias?: boolean;
  /** Of each output channel's complete accumulator. */
  readonly ranges?: readonly AccumulatorRange[];
  /** What the kernel may leave out of each channel's accumulator; absent if it must not. */
  readonly offsets?: Int32Array;
}

/** The largest share of outputs that may leave a fixed-point form for the float form. */
const escapes = 1 / 64;

export function storeOf(request: StoreRequest): Store {
  const { output, target } = request;
  const plain = {
    values: {
      ...noForm,
      plain: output.kind !== "requantize",
      ctype: dtypeInfo[outputDType(output)].c,
      cast: request.wraps ? "(int32_t)" : "",
      addBias: request.addBias ?? false,
    },
    parameters: [],
    uses: [],
    notes: [],
    folded: false,
  };
  if (output.kind !== "requantize") return plain;
  const ranges = request.ranges ?? output.scales.map(() => int32Range);
  const choice = chooseRequantize({
    to: output,
    ranges,
    available: formsFor(target, request.wraps),
    escapes,
  });
  const form = formCode(choice, output, target, request.offsets);
  return {
    values: { ...plain.values, ...form.values, min: output.min, max: output.max },
    parameters: form.parameters,
    uses: form.uses,
    notes: [choice.note],
    folded: form.folded,
  };
}

/** Instructions for one output, before the form is chosen. */
export function storeCost(output: AccumulatorOutput, target: Target): number {
  if (output.kind !== "requantize") return 2;
  return target.features.longMultiply ? 12 : 35;
}

const noForm = {
  fixed64: false,
  split32: false,
  float: false,
  emulate: false,
  unit: 0,
  shift: 0,
  shiftsUpper: false,
  guard: undefined,
  perChannel: false,
  min: 0,
  max: 0,
};

/** An accumulator that wraps can be anything, and leaves nothing for a fixed-point form to rely on. */
function formsFor({ features }: Target, wraps = false): RequantizeForm["kind"][] {
  const exact = features.fpu === "none" ? "emulate" : "float";
  return wraps ? [exact] : [features.longMultiply ? "fixed64" : "split32", exact];
}

function formCode({ form }: RequantizeChoice, to: Requantize, target: Target, offsets?: Int32Array) {
  const slow = target.features.fpu === "none" ? "emulate" : "float";
  if (form.kind === "float" || form.kind === "emulate") {
    const values = { [form.kind]: true, perChannel: to.scales.length > 1 };
    return { values, ...slowForm(form.kind, to), folded: false };
  }
  const { guard, shift, unit } = form;
  const folded = offsets !== undefined && !guard;
  const addends = foldOffsets(form, folded ? offsets : new Int32Array(form.multipliers.length));
  const shiftsUpper = shift >= 32;
  const slowPart = guard ? slowForm(slow, to) : { parameters: [], uses: [] };
  const wide = form.kind === "fixed64";
  const values = {
    [form.kind]: true,
    float: guard !== undefined && slow === "float",
    emulate: guard !== undefined && slow === "emulate",
    perChannel: to.scales.length > 1,
    ...{ shift, unit, shiftsUpper, guard },
  };
  return {
    values,
    parameters: [
      table("multipliers", "int32", form.multipliers, "requantization multipliers"),
      table("addends", wide ? "int64" : "int32", addends, "requantization addends"),
      ...slowPart.parameters,
    ],
    uses: [
      `requantize/${form.kind}-high`,
      ...(guard ? [`requantize/${form.kind}-escapes`] : []),
      ...(wide
        ? [shiftsUpper ? "requantize/fixed64-output" : "requantize/fixed64-output-low"]
        : ["requantize/shift-right", "requantize/clamp"]),
      ...slowPart.uses,
    ],
    folded,
  };
}

/** Parameters of `vc_requantize_f32` or its emulation. */
function slowForm(kind: "float" | "emulate", to: Requantize) {
  const scales = Float32Array.from(to.scales);
  const bits = new Uint32Array(scales.buffer);
  const parameters: KernelParameter[] = [
    kind === "float"
      ? table("scales", "float32", scales, "requantization scales")
      : table("scale_bits", "uint32", bits, "bit patterns of the requantization scales"),
    { kind: "scalar", name: "zero_point", ctype: "int32_t", value: `${to.zeroPoint}` },
  ];
  return { parameters, uses: [`requantize/${kind}`] };
}

const table = (
  name: string,
  dtype: "int32" | "uint32" | "int64" | "float32",
  data: Int32Array | Uint32Array | BigInt64Array | Float32Array,
  what: string,
): KernelParameter => ({ kind: "constant", name, dtype, data, what });
