import type { TypedArray } from "../ir/dtype.js";
import { floatLiteral } from "../ops/literal.js";

/** The initializer of a table, in lines of at most 100 characters. */
export function tableLines(data: TypedArray): string[] {
  const format = formatter(data);
  const lines: string[] = [];
  let line = "";
  for (let i = 0; i < data.length; i++) {
    const text = format(data[i]);
    if (line.length + text.length > 97) {
      lines.push(line);
      line = "";
    }
    line += line ? ` ${text},` : `${text},`;
  }
  if (line) lines.push(line);
  return lines;
}

function formatter(data: TypedArray): (value: number | bigint) => string {
  if (data instanceof Float32Array) return (value) => floatLiteral(value as number);
  if (data instanceof BigInt64Array) return (v) => (v === -(2n ** 63n) ? "INT64_MIN" : `INT64_C(${v})`);
  if (data instanceof BigUint64Array) return (value) => `UINT64_C(${value})`;
  if (data instanceof Int32Array) return (value) => (value === -2147483648 ? "INT32_MIN" : String(value));
  if (data instanceof Uint32Array) return (value) => `${value}U`;
  return String;
}
