import { dtypeInfo } from "../ir/dtype.js";
import type { Port } from "../ir/graph.js";
import { numel, type Tensor, tensor } from "../ir/tensor.js";

/**
 * Made-up inputs for a model without recorded ones: the same for the same seed. Float tensors that are
 * quantized at once cover their quantized range, other floats are roughly normal in [-3, 3], integers cover
 * their type as far as it goes to 16 bits and stay small beyond.
 */
export function sampleInputs(ports: readonly Port[], seed: number): Record<string, Tensor> {
  const random = generator(seed);
  return Object.fromEntries(ports.map((port) => [port.name, sampleTensor(port, random)]));
}

function sampleTensor(port: Port, random: () => number): Tensor {
  const count = numel(port.shape);
  const { kind, bytes, min, max } = dtypeInfo[port.dtype];
  const range = port.quantize ? 260 * port.quantize.scale : 0;
  const value = (): number => {
    if (kind === "bool") return Number(random() < 0.5);
    if (kind === "float")
      return range ? (random() - 0.5) * range : random() * 2 + random() * 2 + random() * 2 - 3;
    if (bytes <= 2) return min + Math.floor(random() * (max - min + 1));
    return Math.floor(random() * 10);
  };
  return tensor(port.dtype, port.shape, Array.from({ length: count }, value));
}

/** Uniform numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
