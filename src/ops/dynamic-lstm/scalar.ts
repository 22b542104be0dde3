import { tensor } from "../../ir/tensor.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import type { RecurrentAttributes, RecurrentShape } from "../recurrent/op.js";
import { lowerRecurrent, stateBytes } from "../recurrent/scalar.js";
import { dynamicLstmName, dynamicLstmShape, type QuantizedWeights, quantizedWeights } from "./op.js";

/** The LSTM kernel with integer products of x and h, quantized as they come. */
const dynamicLstm: Kernel = {
  name: "dynamic-lstm",
  isa: "scalar",
  ops: [dynamicLstmName],
  accept(anyView) {
    const view = anyView as NodeView<RecurrentAttributes>;
    const { attrs, inputs } = view;
    const shape = dynamicLstmShape(inputs[0]!, inputs[2]!, attrs);
    const { directions, time, batch, input, hidden } = shape;
    if (overflows(shape)) return { refused: "sums could exceed 32 bits" };
    const floats = stateBytes("LSTM", hidden);
    return {
      cost: directions * time * batch * (4 * hidden * (3 * (input + hidden) + 60) + 20 * (input + hidden)),
      reason: `LSTM quantized at run time, ${hidden} units, ${time} steps`,
      scratch: floats + 2 * (input + hidden),
      lower() {
        const [w, r] = [quantizedWeights(inputs, 1), quantizedWeights(inputs, 2)];
        return lowerRecurrent(view, "LSTM", shape, {
          values: {
            dynamic: true,
            hAt: input,
            wType: `${inputs[1]!.dtype}_t`,
            rType: `${inputs[2]!.dtype}_t`,
            zeroPoints: w.map((weights, d) => ({ w: weights.zeroPoint, r: r[d].zeroPoint })),
          },
          parameters: [
            weightParameter("w", w, inputs[1]!.dtype as "int8" | "uint8"),
            weightParameter("r", r, inputs[2]!.dtype as "int8" | "uint8"),
            scaleParameter("w", w),
            scaleParameter("r", r),
            { kind: "scratch", name: "quantized", ctype: "int16_t", offset: floats },
          ],
          uses: dynamicUses,
        });
      },
    };
  },
};

/** A product of two differences of bytes is below 2^16. */
export const overflows = ({ input, hidden }: RecurrentShape): boolean => Math.max(input, hidden) >= 2 ** 15;

export const dynamicUses = ["quantize/dynamic-scale", "quantize/dynamic-zero-point", "math/saturate"];

/** Scales of the columns. */
export const scaleParameter = (name: string, directions: readonly QuantizedWeights[]): KernelParameter => {
  const scales = directions.flatMap((weights) => weights.scales);
  return {
    kind: "constant",
    name: `${name}_scale`,
    dtype: "float32",
    data: Float32Array.from(scales),
    what: `scales of ${name.toUpperCase()}`,
  };
};

/** Weights with the elements of a column next to each other. */
function weightParameter(
  name: string,
  directions: readonly QuantizedWeights[],
  dtype: "int8" | "uint8",
): KernelParameter {
  const columns = directions[0].scales.length;
  const rows = directions[0].q.length / columns;
  const packed = directions.flatMap(({ q }) =>
    Array.from({ length: q.length }, (_, k) => q[(k % rows) * columns + Math.floor(k / rows)]),
  );
  return {
    kind: "constant",
    name,
    dtype,
    data: tensor(dtype, [packed.length], packed).data,
    what: `${name.toUpperCase()}, by column`,
  };
}

export const kernels: Kernel[] = [dynamicLstm];
