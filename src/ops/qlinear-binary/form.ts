import { choosePairForm } from "../../5-lower/prove-elementwise/choose.js";
import type { PairForm } from "../../5-lower/prove-elementwise/form.js";
import type { ByteDType, PairTable } from "../../5-lower/prove-elementwise/pair-table.js";
import type { NodeView } from "../kernel.js";
import type { QBinaryAttributes } from "./op.js";

/** Every ISA's kernels ask for the same node. */
const known = new WeakMap<QBinaryAttributes, PairForm | "none">();

/** The proven form of a node, or undefined if only its table will do. */
export function formOf(view: NodeView<QBinaryAttributes>): PairForm | undefined {
  let form = known.get(view.attrs);
  if (!form) {
    const { table, formula } = view.attrs;
    const pairs: PairTable = {
      a: view.inputs[0]!.dtype as ByteDType,
      b: view.inputs[1]!.dtype as ByteDType,
      y: table.dtype as ByteDType,
      outputs: table.data as PairTable["outputs"],
    };
    form = choosePairForm(pairs, formula) ?? "none";
    known.set(view.attrs, form);
  }
  return form === "none" ? undefined : form;
}
