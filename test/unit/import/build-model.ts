import onnxProto, { type onnx } from "onnx-proto";
import { type ImportOptions, importOnnx } from "../../../src/1-import/index.js";
import { type Diagnostic, Diagnostics, ModelError } from "../../../src/diagnostics/diagnostic.js";
import type { Graph } from "../../../src/ir/graph.js";

/** TensorProto.DataType numbers that the tests use. */
export const type = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  float8: 17,
  uint4: 21,
  int4: 22,
} as const;

type Dims = readonly (number | string | undefined)[];

export function valueInfo(name: string, dims: Dims | undefined, elemType: number = type.float) {
  const dim = dims?.map((d) =>
    typeof d === "number" ? { dimValue: d } : d === undefined ? {} : { dimParam: d },
  );
  return { name, type: { tensorType: { elemType, shape: dim && { dim } } } } satisfies onnx.IValueInfoProto;
}

export const floats = (name: string, dims: number[], floatData: number[]): onnx.ITensorProto => ({
  name,
  dataType: type.float,
  dims,
  floatData,
});

/** A tensor of an integer type whose elements are in `int32_data`. */
export const ints = (
  name: string,
  dataType: number,
  dims: number[],
  int32Data: number[],
): onnx.ITensorProto => ({
  name,
  dataType,
  dims,
  int32Data,
});

export const int64s = (name: string, values: number[]): onnx.ITensorProto => ({
  name,
  dataType: type.int64,
  dims: [values.length],
  int64Data: values,
});

export const attribute = {
  int: (name: string, i: number): onnx.IAttributeProto => ({ name, type: 2, i }),
  ints: (name: string, values: number[]): onnx.IAttributeProto => ({ name, type: 7, ints: values }),
  float: (name: string, f: number): onnx.IAttributeProto => ({ name, type: 1, f }),
  floats: (name: string, values: number[]): onnx.IAttributeProto => ({ name, type: 6, floats: values }),
  string: (name: string, s: string): onnx.IAttributeProto => ({ name, type: 3, s: Buffer.from(s) }),
  tensor: (name: string, t: onnx.ITensorProto): onnx.IAttributeProto => ({ name, type: 4, t }),
  graph: (name: string, g: onnx.IGraphProto): onnx.IAttributeProto => ({ name, type: 5, g }),
};

/** A node named after its first output. */
export const node = (
  opType: string,
  input: string[],
  output: string[],
  attributes: onnx.IAttributeProto[] = [],
  more: Partial<onnx.INodeProto> = {},
): onnx.INodeProto => ({ name: `make_${output[0]}`, opType, input, output, attribute: attributes, ...more });

export interface ModelParts extends onnx.IGraphProto {
  /** Of ai.onnx; left out of the file where it is 0. */
  readonly opset?: number;
  readonly model?: Partial<onnx.IModelProto>;
}

export function encode({ opset = 21, model, ...graph }: ModelParts): Uint8Array {
  const opsetImport = opset ? [{ domain: "", version: opset }] : [];
  return onnxProto.onnx.ModelProto.encode({ irVersion: 8, opsetImport, graph, ...model }).finish();
}

/** The graph, and the diagnostics of a model that imports. */
export function importModel(
  model: ModelParts | Uint8Array,
  options: ImportOptions = {},
): { graph: Graph<"onnx">; diagnostics: readonly Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const graph = importOnnx(model instanceof Uint8Array ? model : encode(model), options, diagnostics);
  diagnostics.throwIfErrors();
  return { graph, diagnostics: diagnostics.list };
}

/** The errors of a model that must not import. Anything but a `ModelError` is thrown on. */
export function errorsOf(model: ModelParts | Uint8Array, options: ImportOptions = {}): readonly Diagnostic[] {
  try {
    importModel(model, options);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const errors = error.diagnostics.filter((d) => d.severity === "error");
    for (const { code, hint } of errors) if (!hint) throw new Error(`${code} says not what can be done`);
    return errors;
  }
  return [];
}

/** x float32[1,2,4] -> Conv with weights float32[3,2,1] -> Transpose -> y float32[1,4,3]. */
export const convModel = (change: Partial<ModelParts> = {}): ModelParts => ({
  name: "g",
  input: [valueInfo("x", [1, 2, 4])],
  output: [valueInfo("y", [1, 4, 3])],
  initializer: [floats("w", [3, 2, 1], [1, 2, 3, 4, 5, 6])],
  node: [
    node("Conv", ["x", "w"], ["c"]),
    node("Transpose", ["c"], ["y"], [attribute.ints("perm", [0, 2, 1])]),
  ],
  ...change,
});

/** A model of one node that makes y of x float32[4]. */
export const nodeModel = (made: onnx.INodeProto, change: Partial<ModelParts> = {}): ModelParts => ({
  name: "g",
  input: [valueInfo("x", [4])],
  output: [valueInfo("y", undefined)],
  node: [made],
  ...change,
});

/** x float32[4] -> Q -> DQ -> y, with the given scale. */
export const quantModel = (scale: onnx.ITensorProto, change: ModelParts = {}): ModelParts => ({
  name: "g",
  input: [valueInfo("x", [4])],
  output: [valueInfo("y", [4])],
  initializer: [{ ...scale, name: "scale" }, ints("zp", type.int8, [], [3])],
  node: [
    node("QuantizeLinear", ["x", "scale", "zp"], ["q"]),
    node("DequantizeLinear", ["q", "scale", "zp"], ["y"]),
  ],
  ...change,
});
