import { describe, expect, it } from "vitest";
import { chooseForms } from "../../../src/4-schedule/choose-forms.js";
import type { Selection } from "../../../src/4-schedule/select-kernel.js";
import type { Node } from "../../../src/ir/graph.js";

const node = (name: string): Node => ({ name, op: "op", inputs: [], outputs: [], attrs: {}, origin: [] });

const selection = (cost: number, codeBytes: number, form?: string): Selection => ({
  kernel: { name: form ?? "own", isa: "scalar", ops: [], accept: () => ({ refused: "" }) },
  accepted: {
    cost,
    codeBytes,
    form,
    reason: "",
    lower: () => ({ template: "", values: {}, parameters: [] }),
  },
  candidates: [],
});

/** Ten layers of 1000 instructions and 1000 bytes; sharing one function of 1500 bytes costs each `more`. */
const layers = (more: (i: number) => number) =>
  new Map(
    Array.from({ length: 10 }, (_, i) => [
      node(`n${i}`),
      [selection(1000, 1000), selection(1000 + more(i), 1500, "shared")],
    ]),
  );

const moved = (choices: ReadonlyMap<Node, readonly Selection[]>, optimize: "speed" | "balanced" | "size") =>
  [...chooseForms(choices, optimize).values()].map(({ accepted }) => accepted.form !== undefined);

describe("chooseForms", () => {
  it("takes the cheapest for speed", () => {
    expect(
      moved(
        layers(() => 0),
        "speed",
      ),
    ).not.toContain(true);
  });

  it("shares all for size within a quarter more instructions", () => {
    expect(
      moved(
        layers(() => 250),
        "size",
      ),
    ).not.toContain(false);
    expect(
      moved(
        layers(() => 500),
        "size",
      ).filter(Boolean),
    ).toHaveLength(5);
  });

  it("shares within 2 % for balance, the cheapest moves first", () => {
    // 2 % of 10000 instructions: 10 + 20 + 30 + 40 + 50 of them.
    expect(
      moved(
        layers((i) => 10 * (10 - i)),
        "balanced",
      ),
    ).toEqual([...new Array(5).fill(false), ...new Array(5).fill(true)]);
  });

  it("shares nothing where the shared function is larger than what it saves", () => {
    const choices = new Map([[node("n"), [selection(1000, 1000), selection(1000, 1500, "shared")]]]);
    expect(moved(choices, "size")).toEqual([false]);
  });

  it("takes narrower weights unless for speed, at up to half more instructions", () => {
    const narrow = (cost: number): Selection => {
      const shared = selection(cost, 1500, "shared");
      return { ...shared, accepted: { ...shared.accepted, narrow: true } };
    };
    const choices = (cost: number) => new Map([[node("n"), [selection(1000, 1000), narrow(cost)]]]);
    expect(moved(choices(1400), "balanced")).toEqual([true]);
    expect(moved(choices(1600), "balanced")).toEqual([false]);
    expect(moved(choices(1400), "speed")).toEqual([false]);
  });
});
