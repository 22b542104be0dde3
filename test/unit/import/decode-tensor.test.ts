import onnxProto, { type onnx } from "onnx-proto";
import { describe, expect, test } from "vitest";
import { decodeTensor } from "../../../src/1-import/decode-tensor.js";
import { decodeTensorProto } from "../../../src/1-import/tensor-proto.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import type { Tensor } from "../../../src/ir/tensor.js";
import { type } from "./build-model.js";

const decode = (proto: onnx.ITensorProto) =>
  decodeTensorProto(onnxProto.onnx.TensorProto.encode({ name: "t", ...proto }).finish());

const numbers = (tensor: Tensor): unknown[] => Array.from(tensor.data as ArrayLike<unknown>);

const bytes = (...values: number[]) => Uint8Array.from(values);

describe("raw data, little-endian", () => {
  test.each<[string, number, number[], Uint8Array, unknown[]]>([
    ["float32", type.float, [2], bytes(0, 0, 128, 63, 0, 0, 32, 192), [1, -2.5]],
    ["float64", type.double, [1], bytes(0, 0, 0, 0, 0, 0, 4, 192), [-2.5]],
    ["int8", type.int8, [2], bytes(255, 127), [-1, 127]],
    ["uint8", type.uint8, [2], bytes(255, 127), [255, 127]],
    ["int16", type.int16, [2], bytes(254, 255, 1, 0), [-2, 1]],
    ["uint16", type.uint16, [1], bytes(254, 255), [65534]],
    ["int32", type.int32, [1], bytes(255, 255, 255, 127), [2147483647]],
    ["uint32", type.uint32, [1], bytes(255, 255, 255, 255), [4294967295]],
    ["int64", type.int64, [1], bytes(255, 255, 255, 255, 255, 255, 255, 127), [2n ** 63n - 1n]],
    ["uint64", type.uint64, [1], bytes(255, 255, 255, 255, 255, 255, 255, 255), [2n ** 64n - 1n]],
    ["bool", type.bool, [3], bytes(0, 1, 2), [0, 1, 1]],
    ["int4", type.int4, [3], bytes(0x8f, 0x07), [-1, -8, 7]],
    ["uint4", type.uint4, [3], bytes(0x8f, 0x07), [15, 8, 7]],
  ])("%s", (dtype, dataType, dims, rawData, expected) => {
    const tensor = decode({ dataType, dims, rawData });
    expect(tensor.name).toBe("t");
    expect(tensor.dtype).toBe(dtype);
    expect(tensor.shape).toEqual(dims);
    expect(numbers(tensor)).toEqual(expected);
  });

  test("16-bit floats become float32 and say what they were", () => {
    // 1, -2, the smallest subnormal, the largest value, infinity
    const half = decode({
      dataType: type.float16,
      dims: [5],
      rawData: bytes(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff, 0x7b, 0x00, 0x7c),
    });
    expect(numbers(half)).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY]);
    expect([half.dtype, half.encoding]).toEqual(["float32", "FLOAT16"]);
    const brain = decode({ dataType: type.bfloat16, dims: [2], rawData: bytes(0x80, 0x3f, 0x20, 0xc0) });
    expect(numbers(brain)).toEqual([1, -2.5]);
    expect([brain.dtype, brain.encoding]).toEqual(["float32", "BFLOAT16"]);
  });

  test("does not depend on where the bytes lie in the file", () => {
    const file = onnxProto.onnx.TensorProto.encode({
      dataType: type.float,
      dims: [1],
      rawData: bytes(0, 0, 128, 63),
    }).finish();
    for (let shift = 0; shift < 8; shift++) {
      const moved = new Uint8Array(file.length + shift);
      moved.set(file, shift);
      expect(numbers(decodeTensorProto(moved.subarray(shift)))).toEqual([1]);
    }
  });
});

describe("typed data", () => {
  test.each<[string, onnx.ITensorProto, unknown[]]>([
    ["float_data", { dataType: type.float, dims: [2], floatData: [1.5, -2] }, [1.5, -2]],
    ["double_data", { dataType: type.double, dims: [1], doubleData: [0.1] }, [0.1]],
    ["int32_data of int32", { dataType: type.int32, dims: [2], int32Data: [-5, 7] }, [-5, 7]],
    ["int32_data of int8", { dataType: type.int8, dims: [2], int32Data: [-128, 127] }, [-128, 127]],
    ["int32_data of uint8", { dataType: type.uint8, dims: [1], int32Data: [255] }, [255]],
    ["int32_data of int16", { dataType: type.int16, dims: [1], int32Data: [-32768] }, [-32768]],
    ["int32_data of uint16", { dataType: type.uint16, dims: [1], int32Data: [65535] }, [65535]],
    ["int32_data of bool", { dataType: type.bool, dims: [2], int32Data: [0, 1] }, [0, 1]],
    ["int32_data of float16", { dataType: type.float16, dims: [2], int32Data: [0x3c00, 0xc000] }, [1, -2]],
    ["int32_data of bfloat16", { dataType: type.bfloat16, dims: [1], int32Data: [0xc020] }, [-2.5]],
    [
      "int32_data of int4, two to a value",
      { dataType: type.int4, dims: [3], int32Data: [0x8f, 7] },
      [-1, -8, 7],
    ],
    ["int64_data", { dataType: type.int64, dims: [2], int64Data: [-3, 2 ** 40] }, [-3n, 2n ** 40n]],
    ["uint64_data of uint32", { dataType: type.uint32, dims: [1], uint64Data: [4294967295] }, [4294967295]],
    ["uint64_data of uint64", { dataType: type.uint64, dims: [1], uint64Data: [2 ** 40] }, [2n ** 40n]],
    ["a scalar", { dataType: type.float, dims: [], floatData: [4] }, [4]],
    ["no elements", { dataType: type.float, dims: [0, 3] }, []],
  ])("%s", (_, proto, expected) => {
    expect(numbers(decode(proto))).toEqual(expected);
  });
});

describe("external data", () => {
  const proto = (entries: Record<string, string>): onnx.ITensorProto => ({
    name: "t",
    dataType: type.int8,
    dims: [3],
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  });
  const read = (entries: Record<string, string>, readExternal = reader(bytes(9, 9, 1, 2, 3))) => {
    const diagnostics = new Diagnostics();
    const tensor = decodeTensor(proto(entries), "t", { diagnostics, readExternal });
    return tensor ? numbers(tensor) : diagnostics.list.map((d) => d.code);
  };
  const reader = (file: Uint8Array) => (location: string, offset: number, length: number) => {
    if (location !== "weights/w.bin") throw new Error("no such file");
    return file.subarray(offset, offset + length);
  };

  test.each<[string, Record<string, string>, unknown[]]>([
    ["offset and length", { location: "weights/w.bin", offset: "2", length: "3" }, [1, 2, 3]],
    ["from the start", { location: "weights/w.bin" }, [9, 9, 1]],
    ["missing file", { location: "other.bin" }, ["import/external-data"]],
    ["too short a file", { location: "weights/w.bin", offset: "4" }, ["import/external-data"]],
    ["another length", { location: "weights/w.bin", length: "4" }, ["import/tensor-data-length"]],
    ["negative offset", { location: "weights/w.bin", offset: "-1" }, ["import/external-data"]],
    ["no location", { offset: "0" }, ["import/external-data"]],
    ["a folder above", { location: "../w.bin" }, ["import/external-path"]],
    ["a folder above, hidden", { location: "weights/../../w.bin" }, ["import/external-path"]],
    ["an absolute path", { location: "/etc/passwd" }, ["import/external-path"]],
    ["a Windows path", { location: "..\\w.bin" }, ["import/external-path"]],
    ["a drive", { location: "C:w.bin" }, ["import/external-path"]],
  ])("%s", (_, entries, expected) => {
    expect(read(entries)).toEqual(expected);
  });

  test("no reader", () => {
    const diagnostics = new Diagnostics();
    expect(decodeTensor(proto({ location: "w.bin" }), "t", { diagnostics })).toBeUndefined();
    expect(diagnostics.list).toMatchObject([{ code: "import/external-data", origin: "t" }]);
  });
});
