import { choosePairForm } from "../../proof/elementwise/choose.js";
import type { PairForm } from "../../proof/elementwise/form.js";
import type { ByteDType, PairTable } from "../../proof/elementwise/pair-table.js";
import type { Target } from "../../target/target.js";
import type { NodeView } from "../kernel.js";
import type { QBinaryAttributes } from "./op.js";

/** Every ISA's kernels ask for the same node: what was found, without and with long products. */
const known = new WeakMap<QBinaryAttributes, (PairForm | "none" | undefined)[]>();

/** The proven form of a node, or undefined if only its table will do. */
export function formOf(
  view: NodeView<QBinaryAttributes>,
  { features }: { readonly features: Pick<Target["features"], "longMultiply"> },
): PairForm | undefined {
  const forms = known.get(view.attrs) ?? [];
  known.set(view.attrs, forms);
  const kind = features.longMultiply ? 1 : 0;
  let form = forms[kind];
  if (!form) {
    const { table, formula } = view.attrs;
    const pairs: PairTable = {
      a: view.inputs[0]!.dtype as ByteDType,
      b: view.inputs[1]!.dtype as ByteDType,
      y: table.dtype as ByteDType,
      outputs: table.data as PairTable["outputs"],
    };
    form = choosePairForm(pairs, formula, features.longMultiply) ?? "none";
    forms[kind] = form;
  }
  return form === "none" ? undefined : form;
}
