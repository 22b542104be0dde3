import { OpError, type ValueInfo } from "../op.js";

/** Throws where one of the operands at these indices is there but not float32. */
export function requireFloats(
  inputs: readonly (ValueInfo | undefined)[],
  names: readonly string[],
  indices: readonly number[],
): void {
  for (const index of indices) {
    const info = inputs[index];
    if (info && info.dtype !== "float32") {
      throw new OpError(`${names[index]} is ${info.dtype}; expected float32`, undefined, "unsupported");
    }
  }
}

/** Throws where an operand that is there has another shape. */
export function requireShape(info: ValueInfo | undefined, name: string, shape: readonly number[]): void {
  if (info && `${info.shape}` !== `${shape}`) {
    throw new OpError(`${name} is [${info.shape}]; expected [${shape}]`);
  }
}
