import protobuf from "protobufjs/minimal.js";
import { fail } from "../diagnostics/diagnostic.js";
import { type FieldKind, type MessageName, messages } from "./wire-schema.js";

/** Deeper nesting (subgraphs in subgraphs) than any real model has; a decoder would run out of stack. */
const maxDepth = 100;

/** Wire types of the kinds that are not length-delimited, and of the elements of packed ones. */
const wireTypes: Readonly<Record<string, number>> = {
  int32: 0,
  int32s: 0,
  int64: 0,
  int64s: 0,
  doubles: 1,
  float: 5,
  floats: 5,
};
const wireNames = ["varint", "64-bit", "length-delimited", "group", "group end", "32-bit"];

/**
 * Walks a protobuf message and checks that it can be decoded: every length fits, every field is
 * written as its type says, every name is UTF-8. The decoder itself would read damaged bytes as other
 * values; here the field that is wrong is known, e.g. `graph.node[3].attribute[0].t.raw_data`.
 *
 * Throws a `ModelError` naming the first field that is wrong.
 */
export function checkWire(bytes: Uint8Array, message: MessageName): void {
  const reader = protobuf.Reader.create(bytes);
  walk(reader, message, bytes.length, "", 0);
}

function walk(reader: protobuf.Reader, message: MessageName, end: number, path: string, depth: number): void {
  if (depth > maxDepth) {
    fail("import/nesting", `messages are nested more than ${maxDepth} deep`, { origin: path });
  }
  const seen = new Map<number, number>();
  while (reader.pos < end) {
    const start = reader.pos;
    const tag = varint(reader, end, path || message, 5);
    const wire = tag & 7;
    const number = tag >>> 3;
    const [field, kind] = messages[message][number] ?? [`field ${number}`, undefined];
    const index = seen.get(number) ?? 0;
    seen.set(number, index + 1);
    const here = () => `${path ? `${path}.` : ""}${field}${repeated.has(field) ? `[${index}]` : ""}`;
    if (number === 0 || wire === 3 || wire === 4 || wire > 5) {
      malformed(here(), `byte ${start} starts no field of an ONNX ${message} message`);
    }
    if (!kind) skip(reader, wire, end, here());
    else readField(reader, kind, wire, end, here(), depth);
  }
}

function readField(
  reader: protobuf.Reader,
  kind: FieldKind,
  wire: number,
  end: number,
  path: string,
  depth: number,
): void {
  const scalar = wireTypes[kind];
  const packed = wire === 2 && scalar !== undefined && kind.endsWith("s");
  if (wire !== (scalar ?? 2) && !packed) {
    malformed(path, `is written as ${wireNames[wire]}, expected ${wireNames[scalar ?? 2]}`);
  }
  if (wire !== 2) {
    if (wire === 0) integer(reader, kind, end, path);
    else skip(reader, wire, end, path);
    return;
  }
  const length = varint(reader, end, path, 5);
  if (length > end - reader.pos) truncated(path, length, end - reader.pos);
  const stop = reader.pos + length;
  if (kind in messages) walk(reader, kind as MessageName, stop, path, depth + 1);
  else if (kind === "name") checkUtf8(reader.buf.subarray(reader.pos, stop), path);
  else if (scalar === 0) while (reader.pos < stop) integer(reader, kind, stop, path);
  else if (packed && length % (scalar === 1 ? 8 : 4) !== 0) {
    malformed(path, `holds ${length} bytes, not a multiple of ${scalar === 1 ? 8 : 4}`);
  }
  reader.pos = stop;
}

/** The decoder reads an int32 of more than 5 bytes as one of 10, which is how negative ones are written. */
function integer(reader: protobuf.Reader, kind: FieldKind, end: number, path: string): void {
  const start = reader.pos;
  varint(reader, end, path, 10);
  const length = reader.pos - start;
  if (kind.startsWith("int32") && length > 5 && length < 10) {
    malformed(path, `holds an integer of ${length} bytes, which is no int32`);
  }
}

function skip(reader: protobuf.Reader, wire: number, end: number, path: string): void {
  if (wire === 0) {
    varint(reader, end, path, 10);
    return;
  }
  const length = wire === 1 ? 8 : wire === 5 ? 4 : varint(reader, end, path, 5);
  if (length > end - reader.pos) truncated(path, length, end - reader.pos);
  reader.pos += length;
}

/** Reads a varint of at most `longest` bytes that must end before `end`. Beyond 2^53 it loses precision. */
function varint(reader: protobuf.Reader, end: number, path: string, longest: number): number {
  let value = 0;
  for (let i = 0; i < longest; i++) {
    if (reader.pos >= end) truncated(path, 1, 0);
    const byte = reader.buf[reader.pos++];
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return value;
  }
  return malformed(path, `holds an integer of more than ${longest} bytes`);
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function checkUtf8(bytes: Uint8Array, path: string): void {
  try {
    utf8.decode(bytes);
  } catch {
    fail("import/not-utf8", `the name "${new TextDecoder().decode(bytes)}" is not valid UTF-8`, {
      origin: path,
      hint: "rename it with the onnx Python package",
    });
  }
}

/** Repeated fields whose position a message should tell. */
const repeated = new Set(
  "node initializer input output value_info attribute opset_import functions tensors graphs dim".split(" "),
);

function malformed(path: string, message: string): never {
  fail("import/malformed", message, {
    origin: path,
    hint: "the file is damaged or is not an ONNX model",
  });
}

function truncated(path: string, needed: number, left: number): never {
  fail("import/truncated", `needs ${needed} more bytes, ${left} are left`, {
    origin: path,
    hint: "the file is incomplete: export or download it again",
  });
}
