import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { constantOperand, operand, outputInfo, requiredConstant } from "../operands.js";
import { directionActivations, type RecurrentAttributes, type RecurrentShape } from "../recurrent/op.js";

export const dynamicLstmName = "com.microsoft.DynamicQuantizeLSTM";

/** One direction's quantized weights: q [K, 4H], real = (q - zeroPoint) * scales[column]. */
export interface QuantizedWeights {
  readonly q: readonly number[];
  readonly zeroPoint: number;
  /** 4H. */
  readonly scales: readonly number[];
}

export function dynamicLstmShape(x: ValueInfo, r: ValueInfo, attrs: RecurrentAttributes): RecurrentShape {
  const [time, batch, input] = x.shape;
  const directions = attrs.direction === "bidirectional" ? 2 : 1;
  return { directions, time, batch, input, hidden: r.shape[1], batchFirst: false };
}

/** W (`index` 1, with scale and zero point at 8 and 9) or R (2, 10, 11) of each direction. */
export function quantizedWeights(
  inputs: readonly (ValueInfo | undefined)[],
  index: 1 | 2,
): QuantizedWeights[] {
  const name = index === 1 ? "W" : "R";
  const [scaleIndex, zeroIndex] = index === 1 ? [8, 9] : [10, 11];
  const [directions, rows, columns] = operand(inputs, index, name).shape;
  const q = requiredConstant(inputs, index, name);
  const scales = requiredConstant(inputs, scaleIndex, `${name}_scale`);
  const zeroPoints = constantOperand(inputs, zeroIndex, `${name}_zero_point`) ?? [0];
  return Array.from({ length: directions }, (_, d) => {
    const own = <T>(values: T[]): T[] => {
      const count = values.length / directions;
      return count >= 1 ? values.slice(d * count, (d + 1) * count) : values;
    };
    const [zeroPoint, ...others] = own(zeroPoints);
    if (others.some((other) => other !== zeroPoint)) {
      throw new OpError(`${name}_zero_point differs between columns; ONNX Runtime needs one per direction`);
    }
    const scale = own(scales);
    return {
      q: q.slice(d * rows * columns, (d + 1) * rows * columns),
      zeroPoint,
      scales: scale.length === 1 ? new Array<number>(columns).fill(scale[0]) : scale,
    };
  });
}

/**
 * com.microsoft DynamicQuantizeLSTM: an LSTM whose x and h are quantized at run time to uint8, as
 * DynamicQuantizeLinear does, x as a whole and h in every step. X [T, N, I], W [D, I, 4H] and R [D, H, 4H]
 * int8 or uint8, optional B [D, 8H], sequence_lens, initial_h, initial_c and P as LSTM has them; W_scale,
 * W_zero_point, R_scale, R_zero_point [D] or [D, 4H], constant. Outputs Y, Y_h, Y_c.
 */
const dynamicQuantizeLstm = defineOp<RecurrentAttributes>({
  name: dynamicLstmName,
  attributes: {
    direction: attr.string("forward", ["forward", "reverse", "bidirectional"]),
    hidden_size: attr.optional(attr.int()),
    activations: attr.optional(attr.strings()),
    activation_alpha: attr.optional(attr.floats()),
    activation_beta: attr.optional(attr.floats()),
    clip: attr.optional(attr.float()),
    layout: attr.int(0),
    input_forget: attr.bool(false),
  },
  inputs: [11, 12],
  outputs: [1, 3],
  infer(inputs, attrs, outputs) {
    const [x, w, r] = ["X", "W", "R"].map((name, i) => operand(inputs, i, name));
    if (x.shape.length !== 3 || w.shape.length !== 3 || r.shape.length !== 3) {
      throw new OpError(`X [${x.shape}], W [${w.shape}] and R [${r.shape}] must have three dimensions`);
    }
    const { directions: d, time, batch, input, hidden: h } = dynamicLstmShape(x, r, attrs);
    const state = [d, batch, h];
    const expected: [string, string, ...number[][]][] = [
      ["X", "float32", x.shape as number[]],
      ["W", "int8 uint8", [d, input, 4 * h]],
      ["R", "int8 uint8", [d, h, 4 * h]],
      ["B", "float32", [d, 8 * h]],
      ["sequence_lens", "int32", [batch]],
      ["initial_h", "float32", state],
      ["initial_c", "float32", state],
      ["P", "float32", [d, 3 * h]],
      ["W_scale", "float32", [d], [d, 4 * h]],
      ["W_zero_point", w.dtype, [d], [d, 4 * h]],
      ["R_scale", "float32", [d], [d, 4 * h]],
      ["R_zero_point", r.dtype, [d], [d, 4 * h]],
    ];
    inputs.forEach((info, i) => {
      if (!info) return;
      const [name, dtypes, ...shapes] = expected[i];
      if (!dtypes.split(" ").includes(info.dtype)) {
        throw new OpError(`${name} is ${info.dtype}; expected ${dtypes}`, undefined, "unsupported");
      }
      if (!shapes.some((shape) => String(shape) === String(info.shape))) {
        throw new OpError(`${name} is [${info.shape}]; expected [${shapes.map(String).join("] or [")}]`);
      }
    });
    if (attrs.input_forget)
      throw new OpError('attribute "input_forget" is 1; supported: 0', undefined, "unsupported");
    directionActivations("LSTM", attrs);
    quantizedWeights(inputs, 1);
    quantizedWeights(inputs, 2);
    const y = outputInfo("float32", [time, d, batch, h]);
    return [y, outputInfo("float32", state), outputInfo("float32", state)].slice(0, outputs);
  },
});

export const ops = [dynamicQuantizeLstm] as readonly unknown[] as readonly OpDefinition[];
