import type { TypedArray } from "../ir/dtype.js";

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

const bits = new DataView(new ArrayBuffer(4));

/**
 * A float32 as C writes it exactly. Nine significant digits identify a float32; infinities and NaN,
 * which have no literal without math.h, are constant expressions.
 */
export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "(0.0F / 0.0F)";
  if (!Number.isFinite(value)) return value > 0 ? "(1.0F / 0.0F)" : "(-1.0F / 0.0F)";
  bits.setFloat32(0, value);
  const f = bits.getFloat32(0);
  if (Object.is(f, -0)) return "-0.0F";
  let text = "";
  for (let digits = 1; digits <= 9; digits++) {
    text = f.toPrecision(digits);
    if (Math.fround(Number(text)) === f) break;
  }
  const shortest = String(Number(text));
  return `${/[.e]/.test(shortest) ? shortest : `${shortest}.0`}F`;
}
