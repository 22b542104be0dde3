import { Diagnostics } from "../diagnostics/diagnostic.js";
import { decodeTensor } from "./decode-tensor.js";
import type { OnnxTensor } from "./model.js";
import { parseTensor } from "./proto.js";

/**
 * The tensor in a file that holds a single TensorProto (`.pb`, as the ONNX node tests have them), and
 * its name. Throws a `ModelError` where the bytes are no tensor or its type is not supported.
 */
export function decodeTensorProto(bytes: Uint8Array): OnnxTensor & { readonly name: string } {
  const proto = parseTensor(bytes);
  const diagnostics = new Diagnostics();
  const tensor = decodeTensor(proto, proto.name || "tensor", { diagnostics });
  diagnostics.throwIfErrors();
  return { ...tensor!, name: proto.name };
}
