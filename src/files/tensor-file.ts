import { readFile, writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { dump, parse } from "npyjs";
import { decodeTensorProto } from "../1-import/tensor-proto.js";
import { fail, UsageError } from "../diagnostics/diagnostic.js";
import type { DType, TypedArray } from "../ir/dtype.js";
import { numel, type Tensor } from "../ir/tensor.js";

const npyTypes = {
  b1: "bool",
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  u2: "uint16",
  i4: "int32",
  u4: "uint32",
  i8: "int64",
  u8: "uint64",
  f4: "float32",
  f8: "float64",
} as const satisfies Record<string, DType>;

/** Reads a tensor from a NumPy `.npy` or an ONNX TensorProto `.pb` file. */
export async function readTensor(path: string): Promise<Tensor> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
  if (extname(path) === ".pb") return decodeTensorProto(bytes);
  if (extname(path) !== ".npy") throw new UsageError(`${path}: tensors are read from .npy and .pb files`);
  return parseNpy(bytes, path);
}

function parseNpy(bytes: Uint8Array, path: string): Tensor {
  const { data, shape, dtype, fortranOrder } = (() => {
    try {
      return parse(new Uint8Array(bytes).buffer);
    } catch (error) {
      return fail("file/npy", `not a .npy file: ${(error as Error).message}`, { origin: path });
    }
  })();
  const type = npyTypes[dtype as keyof typeof npyTypes];
  if (!type) fail("file/npy", `element type ${dtype} is not supported`, { origin: path });
  if (fortranOrder && shape.length > 1) {
    fail("file/npy", "is in Fortran order", { origin: path, hint: "save it with numpy.ascontiguousarray" });
  }
  if (numel(shape) !== (data as TypedArray).length) fail("file/npy", "is truncated", { origin: path });
  return { dtype: type, shape, data: data as TypedArray };
}

/** Writes a tensor as `.npy`. int4 and uint4 are written as bytes. */
export async function writeNpy(path: string, tensor: Tensor): Promise<void> {
  const type = Object.entries(npyTypes).find(([, name]) => name === tensor.dtype)?.[0];
  const options = type === "b1" ? { dtype: "b1" as const } : {};
  await writeFile(path, new Uint8Array(dump(tensor.data as Float32Array, [...tensor.shape], options)));
}
