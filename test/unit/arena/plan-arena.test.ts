import { describe, expect, it } from "vitest";
import { planArena } from "../../../src/4-schedule/arena/plan-arena.js";
import type { ArenaProblem } from "../../../src/4-schedule/arena/problem.js";
import { planViolations, smallestArena } from "./check-plan.js";
import { buffer, randomProblem } from "./problems.js";
import { randomInts } from "./random.js";

describe("planArena against exhaustive search", () => {
  const compare = (seed: number, options: { aliases?: boolean; overlaps?: boolean }) => {
    const problem = randomProblem(seed, options);
    const plan = planArena(problem);
    const smallest = smallestArena(problem, 100);
    expect(planViolations(problem, plan), `seed ${seed}`).toEqual([]);
    expect(plan.lowerBound, `seed ${seed}`).toBeLessThanOrEqual(smallest);
    expect(plan.bytes, `seed ${seed}`).toBeGreaterThanOrEqual(smallest);
    if (plan.provenOptimal) expect(plan.bytes, `seed ${seed}`).toBe(smallest);
    return plan.bytes === smallest;
  };

  it("finds the optimum of independent buffers", () => {
    for (let seed = 0; seed < 150; seed++) expect(compare(seed, {}), `seed ${seed}`).toBe(true);
  });

  it("finds the optimum with diagonal overlaps", () => {
    for (let seed = 0; seed < 150; seed++)
      expect(compare(seed, { overlaps: true }), `seed ${seed}`).toBe(true);
  });

  it("never claims more than it found with buffers inside others", () => {
    let optimal = 0;
    for (let seed = 0; seed < 150; seed++)
      optimal += Number(compare(seed, { aliases: true, overlaps: true }));
    expect(optimal).toBeGreaterThanOrEqual(140);
  });
});

describe("planArena on larger random problems", () => {
  for (const [count, steps, longest] of [
    [30, 20, 8],
    [120, 80, 12],
    [400, 300, 9],
  ]) {
    it(`places ${count} buffers without conflict, the same way each time`, () => {
      const int = randomInts(count);
      const buffers = Array.from({ length: count }, (_, i) => {
        const first = int(0, steps);
        return buffer(`b${i}`, int(1, 900), first, first + int(0, longest), 2 ** int(0, 5));
      });
      const overlaps = buffers.flatMap((a) => {
        const output = buffers.find((b) => b.firstStep === a.lastStep && b !== a);
        return output && int(0, 2) > 0 ? [{ below: output.id, above: a.id, distance: int(0, 300) }] : [];
      });
      const problem = { buffers, overlaps };
      const plan = planArena(problem, { searchBudget: 1e6 });
      expect(planViolations(problem, plan)).toEqual([]);
      expect(plan.bytes).toBeLessThan(1.1 * plan.liveBytes);
      expect(planArena(structuredClone(problem), { searchBudget: 1e6 })).toEqual(plan);
    });
  }
});

describe("planArena by hand", () => {
  it("gives the example of the MiniMalloc paper its 12 bytes", () => {
    // Lifetimes there exclude the upper end.
    const plan = planArena({
      buffers: [
        buffer("b1", 4, 0, 2),
        buffer("b2", 4, 3, 8),
        buffer("b3", 4, 0, 8),
        buffer("b4", 4, 9, 20),
        buffer("b5", 4, 0, 20),
      ],
    });
    expect(plan).toMatchObject({ bytes: 12, lowerBound: 12, provenOptimal: true });
  });

  it("alternates a chain between the two ends of the largest pair", () => {
    const buffers = [800, 1600, 400, 1200].map((bytes, i) => buffer(`t${i}`, bytes, i, i + 1, 16));
    expect(planArena({ buffers })).toMatchObject({ bytes: 2400, lowerBound: 2400, provenOptimal: true });
  });

  it("runs an elementwise chain in one buffer", () => {
    const buffers = [0, 1, 2, 3].map((i) => buffer(`t${i}`, 1000, i, i + 1, 16));
    const overlaps = [1, 2, 3].map((i) => ({ below: `t${i}`, above: `t${i - 1}`, distance: 0 }));
    const plan = planArena({ buffers, overlaps });
    expect(plan).toMatchObject({ bytes: 1000, lowerBound: 1000, provenOptimal: true });
    expect([...plan.offsets.values()]).toEqual([0, 0, 0, 0]);
  });

  it("shares an Add's output with one of its inputs, not with both", () => {
    const buffers = [buffer("a", 64, 0, 2), buffer("b", 64, 1, 2), buffer("sum", 64, 2, 3)];
    const overlaps = ["a", "b"].map((above) => ({ below: "sum", above, distance: 0 }));
    expect(planArena({ buffers, overlaps })).toMatchObject({
      bytes: 128,
      lowerBound: 128,
      provenOptimal: true,
    });
  });

  it("lets a convolution write behind its read pointer", () => {
    // 100 rows of 8 bytes in, 100 rows of 6 out, output row t written once input row t + 2 is read.
    const buffers = [buffer("x", 800, 0, 1, 16), buffer("y", 600, 1, 2, 16)];
    const plan = planArena({ buffers, overlaps: [{ below: "y", above: "x", distance: 30 }] });
    // The 30 bytes become 32; live at once are at least 32 + 800 less the 8 that end the last 16 of y.
    expect(plan).toMatchObject({ bytes: 832, liveBytes: 824, lowerBound: 832, provenOptimal: true });
    expect(plan.offsets).toEqual(
      new Map([
        ["x", 32],
        ["y", 0],
      ]),
    );
  });

  it("chooses the direction of a kernel that may run either way", () => {
    // As below, but each step may also write upwards behind a read pointer that descends.
    const buffers = [0, 1, 2, 3, 4].map((i) => buffer(`t${i}`, 100, i, i + 1));
    const overlaps = [1, 2, 3, 4].flatMap((i) => [
      { below: `t${i}`, above: `t${i - 1}`, distance: 20 },
      { below: `t${i - 1}`, above: `t${i}`, distance: 20 },
    ]);
    const plan = planArena({ buffers, overlaps });
    expect(planViolations({ buffers, overlaps }, plan)).toEqual([]);
    expect(plan).toMatchObject({ bytes: 120, liveBytes: 120, provenOptimal: true });
  });

  it("cannot descend for ever: a chain of overlaps needs one jump or room for all distances", () => {
    const buffers = [0, 1, 2].map((i) => buffer(`t${i}`, 100, i, i + 1));
    const overlaps = [1, 2].map((i) => ({ below: `t${i}`, above: `t${i - 1}`, distance: 20 }));
    // Live at once: 120. Offsets have to fall by 20 twice.
    expect(planArena({ buffers, overlaps })).toMatchObject({
      bytes: 140,
      liveBytes: 120,
      lowerBound: 140,
      provenOptimal: true,
    });
  });

  it("frees what a slice leaves behind and what a Concat's later parts do not hold yet", () => {
    const slice = planArena({
      buffers: [buffer("x", 96, 0, 1, 16), buffer("tail", 32, 1, 5, 16), buffer("y", 64, 3, 4, 16)],
      aliases: [{ buffer: "tail", base: "x", at: 64 }],
    });
    expect(slice).toMatchObject({ bytes: 96, provenOptimal: true });
    expect(slice.offsets.get("tail")).toBe(64);
    expect(slice.offsets.get("y")).toBe(0);

    const concat = planArena({
      buffers: [buffer("p", 64, 0, 5, 16), buffer("q", 64, 3, 5, 16), buffer("other", 64, 0, 2, 16)],
      aliases: [{ buffer: "q", base: "p", at: 64 }],
    });
    expect(concat).toMatchObject({ bytes: 128, provenOptimal: true });
  });

  it("takes empty problems and empty buffers", () => {
    expect(planArena({ buffers: [] })).toMatchObject({ bytes: 0, lowerBound: 0, provenOptimal: true });
    const plan = planArena({ buffers: [buffer("none", 0, 0, 9), buffer("some", 5, 2, 3)] });
    expect(plan).toMatchObject({ bytes: 5, lowerBound: 5 });
    expect(plan.offsets.get("none")).toBe(0);
  });

  it("aligns to 16 bytes unless told otherwise, and counts only the last buffer's own bytes", () => {
    const plan = planArena({
      buffers: ["a", "b"].map((id) => ({ id, bytes: 10, firstStep: 0, lastStep: 0 })),
    });
    expect(plan).toMatchObject({ bytes: 26, lowerBound: 26, alignment: 16 });
  });

  it("stays valid, and honest, when it may not search", () => {
    for (let seed = 0; seed < 100; seed++) {
      const problem = randomProblem(seed, { overlaps: true });
      const plan = planArena(problem, { searchBudget: 0 });
      expect(planViolations(problem, plan), `seed ${seed}`).toEqual([]);
      if (plan.provenOptimal) expect(plan.bytes, `seed ${seed}`).toBe(smallestArena(problem, 100));
    }
  });
});

describe("planArena refuses what cannot be meant", () => {
  const x = buffer("x", 64, 0, 3, 16);
  const y = buffer("y", 32, 0, 3, 16);
  it.each<[string, ArenaProblem, RegExp]>([
    ["the same id twice", { buffers: [x, x] }, /same id/],
    ["an unknown buffer", { buffers: [x], aliases: [{ buffer: "y", base: "x" }] }, /no arena buffer "y"/],
    ["a lifetime that ends before it starts", { buffers: [buffer("x", 4, 3, 2)] }, /valid size or lifetime/],
    ["an alignment that is no power of two", { buffers: [buffer("x", 4, 0, 0, 12)] }, /alignment 12/],
    ["a misaligned alias", { buffers: [x, y], aliases: [{ buffer: "y", base: "x", at: 8 }] }, /8 bytes into/],
    [
      "aliases that contradict each other",
      {
        buffers: [x, y],
        aliases: [
          { buffer: "y", base: "x" },
          { buffer: "y", base: "x", at: 16 },
        ],
      },
      /at two places/,
    ],
  ])("%s", (_, problem, message) => {
    expect(() => planArena(problem)).toThrow(message);
  });
});
