import onnxProto from "onnx-proto";
import { Diagnostics } from "../diagnostics/diagnostic.js";
import { checkWire } from "./check-wire.js";
import { decodeTensor } from "./decode-tensor.js";
import type { OnnxTensor } from "./model.js";

/**
 * The tensor in a file that holds a single TensorProto (`.pb`, as the ONNX node tests have them), and
 * its name. Throws a `ModelError` where the bytes are no tensor or its type is not supported.
 */
export function decodeTensorProto(bytes: Uint8Array): OnnxTensor & { readonly name: string } {
  checkWire(bytes, "Tensor");
  const proto = onnxProto.onnx.TensorProto.decode(bytes);
  const diagnostics = new Diagnostics();
  const tensor = decodeTensor(proto, proto.name || "tensor", { diagnostics });
  diagnostics.throwIfErrors();
  return { ...tensor!, name: proto.name };
}
