import { zeros } from "../../ir/tensor.js";
import { sigmoid } from "../../math/sigmoid.js";
import type { Reference } from "../op.js";
import type { CausalConvAttributes } from "./causal-conv.js";

const f = Math.fround;

/** Products are summed from the oldest step on, from 0, then the bias added; SiLU is `fround(v * sigmoid(v))`. */
export const causalConv: Reference<CausalConvAttributes> = ([x, weight, bias, past], attrs, outputs) => {
  const [batch, channels, time] = x!.shape;
  const taps = weight!.shape[2];
  const y = zeros("float32", x!.shape);
  const state = zeros("float32", [batch, channels, taps - 1]);
  for (let row = 0; row < batch * channels; row++) {
    const channel = row % channels;
    const before = Array.from({ length: taps - 1 }, (_, i) =>
      past ? Number(past.data[row * (taps - 1) + i]) : 0,
    );
    const steps = [...before, ...Array.from({ length: time }, (_, t) => Number(x!.data[row * time + t]))];
    for (let t = 0; t < time; t++) {
      let sum = 0;
      for (let k = 0; k < taps; k++)
        sum = f(sum + f(steps[t + k] * Number(weight!.data[channel * taps + k])));
      if (bias) sum = f(sum + Number(bias.data[channel]));
      y.data[row * time + t] = attrs.activation === "none" ? sum : f(sum * sigmoid(sum));
    }
    (state.data as Float32Array).set(steps.slice(time), row * (taps - 1));
  }
  return [y, state].slice(0, outputs);
};
