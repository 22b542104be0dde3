import { dtypeInfo } from "../../ir/dtype.js";
import type { Tensor } from "../../ir/tensor.js";
import { defineOp, OpError } from "../op.js";
import { operand } from "../operands.js";

/**
 * Attributes of `vcgen.Lookup`: y[i] = table[x[i]] for an 8-bit x, with 256 entries of any type. The
 * entry for a value stands at its bit pattern: that of int8 -1 at 255.
 */
export type LookupAttributes = { readonly table: Pick<Tensor, "dtype" | "data"> };

export const lookupName = "vcgen.Lookup";

export const lookup = defineOp<LookupAttributes>({
  name: lookupName,
  attributes: {
    table: (value, name) => {
      const table = value as LookupAttributes["table"] | undefined;
      if (table?.data?.length !== 256) throw new OpError(`attribute "${name}" must have 256 entries`);
      return table;
    },
  },
  inputs: [1, 1],
  infer(inputs, { table }) {
    const x = operand(inputs, 0, "x");
    if (dtypeInfo[x.dtype].bytes !== 1) throw new OpError(`x is ${x.dtype}; expected an 8-bit type`);
    return [{ dtype: table.dtype, shape: x.shape }];
  },
  permute: (attrs) => attrs,
});
