import { hostTarget } from "./kernel-harness.js";

/**
 * The host with what kernels look at set as on other cores, and how large a share of the cases each runs:
 * requantization in fixed-point and float32, with long products only, and with 32-bit products only.
 */
export const platforms = [
  { name: "gcc", share: 1, target: hostTarget },
  {
    name: "clang",
    share: 1 / 4,
    target: { ...hostTarget, toolchain: { ...hostTarget.toolchain, compiler: "clang" } },
  },
  {
    name: "gcc, no FPU",
    share: 1 / 4,
    target: { ...hostTarget, features: { ...hostTarget.features, fpu: "none" as const } },
  },
  {
    name: "gcc, no FPU and no long multiply",
    share: 1 / 4,
    target: {
      ...hostTarget,
      features: { ...hostTarget.features, fpu: "none" as const, longMultiply: false },
    },
  },
];
