import { dtypeInfo } from "../ir/dtype.js";
import type { Attributes } from "../ir/graph.js";
import { numel, type Tensor } from "../ir/tensor.js";
import type { ValueInfo } from "../ops/op.js";
import type { ImportState } from "./import-state.js";

/** Most bytes that the outputs of one folded node, and of all of them together, may take. */
const maxNodeBytes = 2 ** 24;
const maxTotalBytes = 2 ** 27;

/**
 * The outputs of an operator as constants, if they are known while compiling: from shapes alone, or
 * because every input is constant. Undefined otherwise, and where they are too large to keep: a few
 * bytes of a hostile model can stand for any amount of memory.
 *
 * A DequantizeLinear stays: that a constant is quantized is what stage 2 looks for.
 */
export function fold(
  op: string,
  inputs: readonly (ValueInfo | undefined)[],
  attrs: Attributes,
  outputs: readonly ValueInfo[],
  state: ImportState,
): readonly Tensor[] | undefined {
  if (outputs.every(isConstant)) return outputs;
  const reference = state.references.get(op);
  if (!reference || op === "DequantizeLinear" || !inputs.every(isAbsentOrConstant)) return undefined;
  const bytes = outputs.reduce((sum, o) => sum + numel(o.shape) * dtypeInfo[o.dtype].bytes, 0);
  if (bytes > maxNodeBytes || state.spent.foldedBytes + bytes > maxTotalBytes) return undefined;
  state.spent.foldedBytes += bytes;
  return reference(inputs, attrs, outputs.length);
}

const isConstant = (value: ValueInfo): value is Tensor => value.data !== undefined;

const isAbsentOrConstant = (value: ValueInfo | undefined): value is Tensor | undefined =>
  !value || isConstant(value);
