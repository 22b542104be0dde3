import { expect, test } from "vitest";
import { chooseRequantize } from "../../../src/proof/requantize/choose.js";
import { requantizeTo } from "./random.js";

const range = { min: -4000, max: 4000 };

test("takes the first form that is exact for all channels", () => {
  const to = requantizeTo("int8", [0.0317, 0.01137], -4);
  const ranges = [range, range];
  const choice = chooseRequantize({ to, ranges, available: ["split32", "fixed64", "float"] });
  expect(choice.form).toMatchObject({ kind: "split32", exact: Uint8Array.of(1, 1) });
  expect(choice.note).toBe("requant: 2/2 channels fixed-point, proven");
});

// 2^-9 has a tie at every step, and ties go to even outputs: no straight line does that.
test("channels without a line need the guard, if it is allowed", () => {
  const wide = { min: -40000, max: 40000 };
  const to = requantizeTo("int8", [2 ** -9, 0.000913], 0);
  const request = { to, ranges: [wide, wide], available: ["fixed64", "emulate"] as const };
  expect(chooseRequantize(request).form.kind).toBe("emulate");
  const guarded = chooseRequantize({ ...request, escapes: 1 / 64 });
  expect(guarded.form).toMatchObject({ kind: "fixed64", exact: Uint8Array.of(0, 1), guard: {} });
  expect(guarded.note).toBe("requant: 1/2 channels fixed-point, proven; 1 with escapes to float32, proven");
});

test("says where the clamp and the rounding trick need care", () => {
  const to = requantizeTo("int8", [0.03], 0);
  const extent = (scale: number, min: number, max: number) =>
    chooseRequantize({ to: { ...to, scales: [scale] }, ranges: [{ min, max }], available: ["float"] });
  expect(extent(0.5, -256, 250)).toMatchObject({ clampsLow: false, clampsHigh: false, largestScaled: 128 });
  expect(extent(0.5, -257, 256)).toMatchObject({ clampsLow: false, clampsHigh: true });
  expect(extent(0.5, -258, 0)).toMatchObject({ clampsLow: true, clampsHigh: false, largestScaled: 129 });
});

test("an empty offer is a mistake of the kernel", () => {
  const to = requantizeTo("int8", [2 ** -6], 0);
  expect(() => chooseRequantize({ to, ranges: [range], available: ["fixed64"] })).toThrow("offer float");
});
