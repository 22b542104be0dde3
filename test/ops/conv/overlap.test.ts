import { describe, expect, it } from "vitest";
import { convOverlap } from "../../../src/ops/conv/overlap.js";
import { references } from "../../../src/ops/conv/reference.js";
import { kernels } from "../../../src/ops/registry.js";
import { loadTarget } from "../../../src/target/load.js";
import { viewOf } from "../kernel-harness.js";
import { Random } from "../random.js";
import { runOverlapping } from "../run-on-core.js";
import { denseShapes } from "./check-conv.js";
import { type ConvShape, convCase } from "./int8-cases.js";

/** A random convolution that keeps, grows or shrinks its input. */
function randomShape(random: Random): ConvShape {
  const depthwise = random.next() < 0.4;
  const rank = random.next() < 0.7 ? 1 : 2;
  const channels = depthwise ? 4 * random.int(2, 12) : random.int(1, 40);
  const kernel = random.list(rank, 1, rank === 1 ? 7 : 3);
  const dilations = random.list(rank, 1, random.pick([1, 1, 3]));
  return {
    batch: random.pick([1, 1, 2]),
    channels,
    outputs: depthwise ? channels : random.pick([channels, random.int(1, 40)]),
    spatial: kernel.map((k, i) => (k - 1) * dilations[i] + random.int(1, rank === 1 ? 40 : 8)),
    kernel,
    strides: random.list(rank, 1, random.pick([1, 1, 2])),
    dilations,
    pads: random.next() < 0.3 ? new Array<number>(2 * rank).fill(0) : random.list(2 * rank, 0, 6),
    group: depthwise ? channels : 1,
  };
}

describe("the distance of an output that reaches into the input", () => {
  const distanceOf = (shape: ConvShape, tile: number): number => {
    const test = convCase(new Random(1), shape);
    return convOverlap(viewOf(test), tile).distance;
  };

  it("is what a causal convolution reads behind its position, and the tile", () => {
    const causal = { channels: 8, outputs: 8, spatial: [50], kernel: [3], dilations: [4], pads: [8, 0] };
    // Position p is written to bytes 8p to 8p + 7, and reads from 8 (p - 8) on.
    expect(distanceOf(causal, 1)).toBe(8 * 9);
    expect(distanceOf(causal, 4)).toBe(8 * 12);
  });

  it("is that at the end if the output grows, at the start if it shrinks", () => {
    expect(distanceOf({ channels: 4, outputs: 6, spatial: [10], kernel: [1] }, 1)).toBe(10 * 6 - 9 * 4);
    expect(distanceOf({ channels: 6, outputs: 4, spatial: [10], kernel: [1] }, 1)).toBe(4);
    expect(distanceOf({ channels: 4, outputs: 4, spatial: [20], kernel: [2], strides: [2] }, 1)).toBe(4);
  });

  it("counts the rows above in two dimensions", () => {
    const square = { channels: 2, outputs: 2, spatial: [6, 5], kernel: [3, 3], pads: [1, 1, 1, 1] };
    // A position reads from a row and a column before it on.
    expect(distanceOf(square, 1)).toBe(2 * (5 + 1 + 1));
  });
});

describe.each([
  "host",
  "cortex-m3",
  "cortex-m4",
  "cortex-m55",
  "cortex-a53-neon",

  "armv8.6-i8mm-aarch64",
])("outputs that reach into the input on %s", (name) => {
  it("are what the reference computes", async () => {
    const random = new Random(name.length);
    const shapes = [...denseShapes, ...Array.from({ length: 40 }, () => randomShape(random))];
    const cases = shapes.map((shape) => convCase(random, shape));
    const results = await runOverlapping(cases, kernels, loadTarget(name));
    const differing = cases.filter(({ inputs, attrs }, i) => {
      const [expected] = references["vcgen.Conv"]!(inputs, attrs, 1);
      return (
        results[i] &&
        Buffer.compare(Buffer.from(expected.data.buffer), Buffer.from(results[i][0].data.buffer)) !== 0
      );
    });
    expect(differing.map((test) => JSON.stringify(shapes[cases.indexOf(test)]))).toEqual([]);
    expect(results.filter((result) => result).length).toBeGreaterThan(name === "cortex-a53-neon" ? 4 : 20);
  }, 60_000);
});
