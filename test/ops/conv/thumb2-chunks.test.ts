import { expect, test } from "vitest";
import type { FastConv } from "../../../src/ops/conv/fast-view.js";
import { laneChunks } from "../../../src/ops/conv/thumb2-chunks.js";

const oneChannel = (weight: number, depth: number) =>
  ({
    depth,
    weights: new Int8Array(depth).fill(weight),
    plane: { outputChannels: 1 },
  }) as unknown as FastConv;

test.each([
  // 255 * 128 * 128 is 2^14 below 2^22, the end of the lane; 256 of them reach it.
  [-128, 255, [255]],
  [-128, 256, [128, 128]],
  // 258 * 127 * -128 is -4,194,048, above -2^22; one more is below.
  [127, 258, [258]],
  [127, 259, [128, 131]],
  // Three chunks of at most 255 inputs, the last with what is left beyond a multiple of 8.
  [-128, 700, [232, 232, 236]],
])("weights of %i, %i deep: chunks of %j fit 23 bits", (weight, depth, chunks) => {
  expect(laneChunks(oneChannel(weight, depth), 23, 8)).toEqual(chunks);
});

test("no chunks where complete sums would leave int32", () => {
  expect(laneChunks(oneChannel(-128, 131_000), 23, 8)).toBeUndefined();
});
