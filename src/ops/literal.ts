import type { DType } from "../ir/dtype.js";

/**
 * A float32 as C writes it exactly. Nine significant digits identify a float32; infinities and NaN,
 * which have no literal without math.h, are constant expressions.
 */
export function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return "(0.0F / 0.0F)";
  const x = Math.fround(value);
  if (!Number.isFinite(x)) return x > 0 ? "(1.0F / 0.0F)" : "(-1.0F / 0.0F)";
  if (Object.is(x, -0)) return "-0.0F";
  let text = "";
  for (let digits = 1; digits <= 9; digits++) {
    text = x.toPrecision(digits);
    if (Math.fround(Number(text)) === x) break;
  }
  const shortest = String(Number(text));
  return `${/[.e]/.test(shortest) ? shortest : `${shortest}.0`}F`;
}

/** An element of a tensor as a C expression of its type, for any type that C code computes with. */
export function literal(dtype: DType, value: number | bigint): string {
  switch (dtype) {
    case "float32":
      return floatLiteral(Number(value));
    case "float64":
      throw new Error("generated C has no double");
    case "int64":
      return BigInt(value) === -(2n ** 63n) ? "INT64_MIN" : `INT64_C(${value})`;
    case "uint64":
      return `UINT64_C(${value})`;
    case "uint32":
      return `${value}U`;
    case "int32":
      return Number(value) === -(2 ** 31) ? "INT32_MIN" : `${value}`;
    default:
      return `${value}`;
  }
}
