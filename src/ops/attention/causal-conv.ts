import { newestOpset } from "../elementwise/define.js";
import { attr, defineOp, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { requireFloats, requireShape } from "./floats.js";

export type CausalConvAttributes = { readonly activation: "none" | "silu" | "swish" };

/**
 * ONNX CausalConvWithState, opset 27, float32: a depthwise convolution over time that sees no later step.
 * X [batch, channels, time], weight [channels, 1, taps], optional bias [channels] and the steps before X,
 * past_state [batch, channels, taps - 1] (0 where left out). Outputs Y like X and the new state.
 */
export const causalConv = defineOp<CausalConvAttributes>({
  name: "CausalConvWithState",
  opsets: [27, newestOpset],
  attributes: { activation: attr.string("none", ["none", "silu", "swish"]) },
  inputs: [2, 4],
  outputs: [1, 2],
  infer(inputs, _attrs, outputs) {
    requireFloats(inputs, ["input", "weight", "bias", "past_state"], [0, 1, 2, 3]);
    const [x, weight] = [operand(inputs, 0, "input"), operand(inputs, 1, "weight")];
    const [batch, channels] = x.shape;
    const taps = weight.shape[2];
    if (x.shape.length !== 3) throw new OpError(`input is [${x.shape}]; expected [batch, channels, time]`);
    requireShape(weight, "weight", [channels, 1, taps ?? 1]);
    if (taps < 1) throw new OpError(`weight is [${weight.shape}]; it needs a tap`);
    requireShape(inputs[2], "bias", [channels]);
    requireShape(inputs[3], "past_state", [batch, channels, taps - 1]);
    return [outputInfo("float32", x.shape), outputInfo("float32", [batch, channels, taps - 1])].slice(
      0,
      outputs,
    );
  },
});
