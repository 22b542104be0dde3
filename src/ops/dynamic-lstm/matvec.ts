import type { IsaName } from "../../target/target.js";
import type { Kernel, NodeView } from "../kernel.js";
import { type MatVec, roundUp } from "../matvec.js";
import { gateProducts } from "../recurrent/matvec.js";
import type { RecurrentAttributes } from "../recurrent/op.js";
import { lowerRecurrent, stateBytes } from "../recurrent/scalar.js";
import { dynamicLstmName, dynamicLstmShape, type QuantizedWeights, quantizedWeights } from "./op.js";
import { dynamicUses, overflows, scaleParameter } from "./scalar.js";

/** The LSTM with integer products by a SIMD helper, if the weights less their zero points are int8. */
export const dynamicLstmMatvec = (isa: IsaName, m: MatVec): Kernel => ({
  name: "dynamic-lstm-matvec",
  isa,
  ops: [dynamicLstmName],
  accept(anyView, target) {
    const view = anyView as NodeView<RecurrentAttributes>;
    const { attrs, inputs } = view;
    const shape = dynamicLstmShape(inputs[0]!, inputs[2]!, attrs);
    const { directions, time, batch, input, hidden } = shape;
    if (overflows(shape)) return { refused: "sums could exceed 32 bits" };
    if (!target.features.unaligned) return { refused: "needs unaligned loads" };
    const [w, r] = [quantizedWeights(inputs, 1), quantizedWeights(inputs, 2)];
    if (![...w, ...r].every(isSigned)) return { refused: "weights less their zero points are not int8" };
    const products = gateProducts(m, "LSTM", attrs, shape);
    const floats = stateBytes("LSTM", hidden);
    const hAt = roundUp(input, m.step);
    const weight = (from: readonly QuantizedWeights[]) => (d: number, row: number, k: number) =>
      from[d].q[k * 4 * hidden + row] - from[d].zeroPoint;
    return {
      cost: directions * time * batch * (products.cost + 4 * hidden * 60 + 20 * (input + hidden)),
      reason: `LSTM quantized at run time, ${hidden} units, ${time} steps, ${m.block} rows at a time`,
      scratch: floats + products.bytes + 2 * (hAt + roundUp(hidden, m.step)),
      lower() {
        const own = products.weights(weight(w), weight(r), floats);
        return lowerRecurrent(view, "LSTM", shape, {
          values: { ...own.values, dynamic: true, hAt },
          parameters: [
            ...own.parameters,
            scaleParameter("w", w),
            scaleParameter("r", r),
            { kind: "scratch", name: "quantized", ctype: "int16_t", offset: floats + products.bytes },
          ],
          uses: [...own.uses, ...dynamicUses],
        });
      },
    };
  },
});

const isSigned = ({ q, zeroPoint }: QuantizedWeights): boolean =>
  q.every((value) => value - zeroPoint >= -128 && value - zeroPoint <= 127);
