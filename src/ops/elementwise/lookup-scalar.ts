import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Accepted, Kernel, KernelParameter, NodeView } from "../kernel.js";
import { type LookupAttributes, lookupName } from "./lookup.js";

/** A kernel's answer for a `vcgen.Lookup` that takes so many instructions for an element. */
export function acceptLookup(
  { attrs, outputs }: NodeView,
  template: string,
  perElement: number,
  values: Readonly<Record<string, unknown>> = {},
  as?: string,
): Accepted {
  const { table } = attrs as LookupAttributes;
  const count = numel(outputs[0]!.shape);
  const { bytes } = dtypeInfo[table.dtype];
  const data = as ? new Uint8Array(table.data.buffer, table.data.byteOffset, 256) : table.data;
  const parameters: KernelParameter[] = [
    { kind: "input", name: "x", index: 0, as: "uint8_t" },
    {
      kind: "constant",
      name: "table",
      dtype: as ? "uint8" : table.dtype,
      data,
      what: "a function of 8-bit values",
    },
    { kind: "output", name: "y", index: 0, ...(as ? { as } : {}) },
    { kind: "scalar", name: "count", ctype: "size_t", value: `${count}U` },
  ];
  return {
    cost: 10 + Math.ceil(perElement * count),
    reason: `one of 256 ${table.dtype} for each element`,
    inPlace: bytes === 1 ? [0] : [],
    lower: () =>
      count === 0
        ? { template: "copy/nothing", values: {}, parameters: [] }
        : { template: `elementwise/${template}`, values, parameters },
  };
}

/** `vcgen.Lookup`: one load from a table of 256 entries for each element. */
export const lookupKernel: Kernel = {
  name: "lookup",
  isa: "scalar",
  ops: [lookupName],
  accept(view) {
    const { table } = view.attrs as LookupAttributes;
    return acceptLookup(view, "lookup", 3.5, { type: dtypeInfo[table.dtype].c });
  },
};
