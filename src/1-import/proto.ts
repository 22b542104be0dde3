import onnxProto, { type onnx } from "onnx-proto";
import { checkWire } from "./check-wire.js";

/** The messages as onnx-proto gives them: the only file that knows the library. */
export type { onnx } from "onnx-proto";

// A Buffer over the same memory: its text decodes faster than a Uint8Array's.
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

/** Throws a `ModelError` naming the field where the bytes are no ModelProto. */
export function parseModel(bytes: Uint8Array): onnx.ModelProto {
  checkWire(bytes, "Model");
  return onnxProto.onnx.ModelProto.decode(asBuffer(bytes));
}

/** Throws a `ModelError` naming the field where the bytes are no TensorProto. */
export function parseTensor(bytes: Uint8Array): onnx.TensorProto {
  checkWire(bytes, "Tensor");
  return onnxProto.onnx.TensorProto.decode(asBuffer(bytes));
}
