import type { Diagnostics } from "../diagnostics/diagnostic.js";
import { type DType, dtypeInfo } from "../ir/dtype.js";
import type { Value } from "../ir/graph.js";
import { numel, type Shape, type Tensor } from "../ir/tensor.js";
import { dataTypeName, onnxDataType } from "../ops/data-type.js";
import { maxTensorBytes } from "./decode-tensor.js";
import type { OnnxGraph, OnnxValueInfo } from "./model.js";

/** `value` is undefined where the input cannot be used, which has been reported. */
export interface BoundInput {
  readonly name: string;
  readonly value: Value | undefined;
}

/**
 * Types and static shapes of the graph's inputs. Symbolic dimensions take the sizes that `shapes` and
 * `constants` give them; a symbol that several inputs share needs to be given once.
 */
export function bindInputs(
  graph: OnnxGraph,
  shapes: Readonly<Record<string, readonly number[]>>,
  constants: Readonly<Record<string, Tensor>>,
  diagnostics: Diagnostics,
): BoundInput[] {
  // Up to IR version 3 a file lists its initializers as inputs, too.
  const initializers = new Set(graph.initializers.map((initializer) => initializer.name));
  const inputs = graph.inputs.filter((input) => !initializers.has(input.name));
  const names = inputs.map((input) => input.name);
  for (const name of Object.keys({ ...shapes, ...constants })) {
    if (!names.includes(name)) {
      const what = name in shapes ? "a shape" : "a value";
      diagnostics.error("import/unknown-input", `${what} is given for "${name}", which is no input`, {
        origin: name,
        hint: `the inputs are ${names.join(", ") || "none"}`,
      });
    }
  }
  const symbols = new Map<string, number>();
  const given = (name: string): Shape | undefined => constants[name]?.shape ?? shapes[name];
  const bad = new Set(inputs.filter((input) => !bindSymbols(input, given(input.name), symbols, diagnostics)));
  return inputs.map((input, i) => {
    if (!input.name || names.indexOf(input.name) !== i) {
      if (input.name) {
        diagnostics.error("import/duplicate-name", "two inputs have this name", { origin: input.name });
      } else diagnostics.error("import/no-name", "has no name", { origin: `graph.input[${i}]` });
      return { name: input.name, value: undefined };
    }
    const dtype = inputType(input, diagnostics);
    const shape = bad.has(input) ? undefined : inputShape(input, given(input.name), symbols, diagnostics);
    if (!dtype || !shape) return { name: input.name, value: undefined };
    if (numel(shape) * dtypeInfo[dtype].bytes > maxTensorBytes) {
      diagnostics.error("import/tensor-too-large", `has shape [${shape.join(",")}], more than 2 GB`, {
        origin: input.name,
      });
    }
    const constant = constants[input.name];
    if (constant && constant.dtype !== dtype) {
      const message = `the value given is ${constant.dtype}, the model declares ${dtype}`;
      diagnostics.error("import/type-mismatch", message, { origin: input.name });
    }
    return { name: input.name, value: { name: input.name, dtype, shape, data: constant?.data } };
  });
}

function inputType(input: OnnxValueInfo, diagnostics: Diagnostics): DType | undefined {
  const dtype = input.dataType === undefined ? undefined : onnxDataType(input.dataType)?.dtype;
  if (dtype) return dtype;
  const isTensor = input.dataType !== undefined;
  const what = isTensor ? `of ${dataTypeName(input.dataType)}` : `(${input.kind})`;
  diagnostics.error("import/unsupported-type", `inputs ${what} are not supported`, {
    origin: input.name,
    hint: isTensor
      ? "export the model in float32, or quantized"
      : "export the model with tensors as inputs only",
  });
  return undefined;
}

/** Checks a given shape against the declared one and takes the sizes of symbols from it. */
function bindSymbols(
  { name, shape }: OnnxValueInfo,
  given: readonly number[] | undefined,
  symbols: Map<string, number>,
  diagnostics: Diagnostics,
): boolean {
  const negative = (shape ?? []).find((d) => typeof d === "number" && d < 0);
  if (negative !== undefined) {
    diagnostics.error("import/negative-dimension", `has a dimension of ${negative}`, { origin: name });
    return false;
  }
  if (!given) return true;
  const mismatch = (why: string) => {
    diagnostics.error("import/shape-mismatch", `the shape [${given.join(",")}] does not fit: ${why}`, {
      origin: name,
      hint: shape ? `the model declares ${declared(shape)}` : undefined,
    });
    return false;
  };
  if (given.some((d) => !Number.isInteger(d) || d < 0)) return mismatch("sizes are whole numbers from 0 up");
  if (!shape) return true;
  if (given.length !== shape.length) return mismatch(`rank ${given.length}, not ${shape.length}`);
  for (const [i, dim] of shape.entries()) {
    if (typeof dim === "number" && dim !== given[i]) return mismatch(`dimension ${i} is fixed to ${dim}`);
    if (typeof dim !== "string") continue;
    const known = symbols.get(dim);
    if (known !== undefined && known !== given[i]) return mismatch(`"${dim}" is already ${known}`);
    symbols.set(dim, given[i]);
  }
  return true;
}

function inputShape(
  { name, shape, kind }: OnnxValueInfo,
  given: readonly number[] | undefined,
  symbols: ReadonlyMap<string, number>,
  diagnostics: Diagnostics,
): readonly number[] | undefined {
  if (given) return given;
  if (kind !== "tensor") return undefined;
  if (!shape) {
    diagnostics.error("import/unbound-dimension", "has no shape, not even a rank", {
      origin: name,
      hint: `pass --shape ${name}=... with its dimensions, separated by commas`,
    });
    return undefined;
  }
  const bound = shape.map((dim) => (typeof dim === "string" ? (symbols.get(dim) ?? dim) : dim));
  const open = bound.map((dim, i) => (typeof dim === "number" ? undefined : `<${dim ?? `dim${i}`}>`));
  if (open.every((o) => o === undefined)) return bound as number[];
  const option = bound.map((dim, i) => open[i] ?? dim).join(",");
  const places = open.filter((o) => o !== undefined).join(" and ");
  diagnostics.error("import/unbound-dimension", `has dimensions of no fixed size: ${declared(shape)}`, {
    origin: name,
    hint: `pass --shape ${name}=${option}, with numbers for ${places}`,
  });
  return undefined;
}

const declared = (shape: readonly (number | string | undefined)[]): string =>
  `[${shape.map((dim) => dim ?? "?").join(",")}]`;
