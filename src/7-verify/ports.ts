import type { CPort } from "../5-lower/program.js";
import { type DType, dtypeInfo } from "../ir/dtype.js";
import { invertPermutation, permuteTensor } from "../ir/permute.js";
import { numel, type Tensor, tensor } from "../ir/tensor.js";
import { references } from "../ops/registry.js";

/** Bytes of an ONNX tensor as the C function takes it: quantized and permuted as the port says. */
export function toCBytes(port: CPort, onnx: Tensor): Uint8Array {
  const quantized = port.onnx.quantize ? quantize(port, onnx) : onnx;
  const { data } = port.onnx.perm ? permuteTensor(quantized, port.onnx.perm) : quantized;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The tensor as the C function holds it, in ONNX's layout but still quantized. */
export function fromCBytes(port: CPort, bytes: Uint8Array): Tensor {
  const copy = bytes.slice().buffer;
  const array = dtypeInfo[port.dtype].array as unknown as new (buffer: ArrayBuffer) => Tensor["data"];
  const raw: Tensor = { dtype: port.dtype, shape: port.shape, data: new array(copy) };
  return port.onnx.perm ? permuteTensor(raw, invertPermutation(port.onnx.perm)) : raw;
}

/** A quantized C output as the ONNX tensor it stands for. */
export function toOnnx(port: CPort, held: Tensor): Tensor {
  if (!port.onnx.quantize) return held;
  return run("DequantizeLinear", [held, ...parameters(port, held.dtype)], { axis: 1, block_size: 0 });
}

/** An ONNX output as the C function would hold it: what its bytes are compared with. */
export function toHeld(port: CPort, onnx: Tensor): Tensor {
  return port.onnx.quantize ? quantize(port, onnx) : onnx;
}

export const cBytes = (port: CPort): number => numel(port.shape) * dtypeInfo[port.dtype].bytes;

const quantize = (port: CPort, onnx: Tensor): Tensor =>
  run("QuantizeLinear", [onnx, ...parameters(port, port.dtype)], {
    axis: 1,
    block_size: 0,
    saturate: true,
    output_dtype: 0,
  });

function parameters(port: CPort, dtype: DType): Tensor[] {
  const { scale, zeroPoint } = port.onnx.quantize!;
  return [tensor("float32", [], [scale]), tensor(dtype, [], [zeroPoint])];
}

function run(op: string, inputs: Tensor[], attrs: Record<string, unknown>): Tensor {
  const reference = references.get(op);
  if (!reference) throw new Error(`no reference for ${op}`);
  return reference(inputs, attrs, 1)[0];
}
