import { describe, expect, it } from "vitest";
import { chooseOrder, type OrderOptions } from "../../../src/4-schedule/order/choose-order.js";
import type { OrderNode, OrderProblem } from "../../../src/4-schedule/order/problem.js";
import { randomInts } from "../arena/random.js";
import { isTopological, leastPeak, peakOf } from "./check-order.js";

/** Checks what holds for every result and gives the result. */
function check(problem: OrderProblem, options?: OrderOptions) {
  const result = chooseOrder(problem, options);
  const order = result.order.map((id) => problem.nodes.find((n) => n.id === id)!);
  expect(isTopological(problem, order)).toBe(true);
  expect(peakOf(problem, order)).toBe(result.peakBytes);
  expect(peakOf(problem, problem.nodes)).toBe(result.givenPeakBytes);
  expect(result.peakBytes).toBeLessThanOrEqual(result.givenPeakBytes);
  expect(result.lowerBound).toBeLessThanOrEqual(result.peakBytes);
  return result;
}

/**
 * A random graph of `count` nodes, each reading one to three of the buffers before it. Buffer "x" is in
 * the arena from the start, "outside" is not in the arena.
 */
function randomProblem(seed: number, count: number, reach: number): OrderProblem {
  const int = randomInts(seed);
  const bufferBytes = new Map([["x", int(0, 9)]]);
  const nodes = Array.from({ length: count }, (_, i): OrderNode => {
    const earlier = [
      "x",
      "outside",
      ...Array.from({ length: Math.min(i, reach) }, (_, k) => `b${i - 1 - k}`),
    ];
    const inputs = Array.from({ length: int(1, 3) }, () => earlier[int(0, earlier.length - 1)]);
    const outputs = int(0, 5) === 0 ? ["result"] : [`b${i}`];
    if (outputs[0] !== "result") bufferBytes.set(`b${i}`, int(1, 20));
    return {
      id: `n${i}`,
      inputs,
      outputs,
      scratch: int(0, 3) === 0 ? int(1, 12) : 0,
      overlaps: int(0, 2) === 0 ? [{ input: inputs[0], output: outputs[0], distance: int(0, 6) }] : [],
    };
  });
  // Only data flow orders the writers of "result": each has a place of its own in it.
  return {
    nodes: nodes.map((n, i) => (n.outputs[0] === "result" ? { ...n, outputs: [`result${i}`] } : n)),
    bufferBytes,
    keep: int(0, 2) === 0 ? ["b0"] : [],
  };
}

describe("chooseOrder against all topological orders", () => {
  it("finds the least peak and says that it is", () => {
    for (let seed = 0; seed < 120; seed++) {
      const problem = randomProblem(seed, 3 + (seed % 5), 7);
      const result = check(problem);
      expect(result.peakBytes, `seed ${seed}`).toBe(leastPeak(problem));
      expect(result.provenOptimal, `seed ${seed}`).toBe(true);
    }
  });

  it("claims nothing that it has not searched", () => {
    for (let seed = 500; seed < 560; seed++) {
      const problem = randomProblem(seed, 7, 7);
      const result = check(problem, { searchBudget: 0 });
      expect(result.lowerBound, `seed ${seed}`).toBeLessThanOrEqual(leastPeak(problem));
      if (result.provenOptimal) expect(result.peakBytes, `seed ${seed}`).toBe(leastPeak(problem));
    }
  });
});

describe("chooseOrder on larger graphs", () => {
  it("settles 60 nodes in a band and never worsens wide graphs", () => {
    for (let seed = 1; seed < 4; seed++) expect(check(randomProblem(seed, 60, 5)).provenOptimal).toBe(true);
    for (let seed = 0; seed < 3; seed++) check(randomProblem(seed, 150, 60), { searchBudget: 1e5 });
  });

  it("gives the same order each time", () => {
    const problem = randomProblem(7, 120, 30);
    const options = { searchBudget: 1e5 };
    expect(chooseOrder(structuredClone(problem), options)).toEqual(chooseOrder(problem, options));
  });
});

/** Nodes of a chain with a residual add around every `span` of them, all activations of `bytes` bytes. */
function residualChain(blocks: number, span: number, bytes: number): OrderProblem {
  const nodes: OrderNode[] = [{ id: "in", inputs: ["mel"], outputs: ["t0"] }];
  const bufferBytes = new Map([["t0", bytes]]);
  let skip = "t0";
  for (let block = 0; block < blocks; block++) {
    let last = skip;
    for (let k = 0; k < span; k++) {
      const out = `b${block}.${k}`;
      nodes.push({ id: `conv${block}.${k}`, inputs: [last], outputs: [out] });
      bufferBytes.set(out, bytes);
      last = out;
    }
    const sum = `t${block + 1}`;
    nodes.push({
      id: `add${block}`,
      inputs: [skip, last],
      outputs: [sum],
      overlaps: [
        { input: skip, output: sum, distance: 0 },
        { input: last, output: sum, distance: 0 },
      ],
    });
    bufferBytes.set(sum, bytes);
    skip = sum;
  }
  nodes.push({ id: "out", inputs: [skip], outputs: ["converted"] });
  return { nodes, bufferBytes };
}

describe("chooseOrder by hand", () => {
  it("keeps a chain of residual blocks as it is: three activations, the add in place", () => {
    const problem = residualChain(6, 3, 12_800);
    const result = check(problem);
    expect(result).toMatchObject({ peakBytes: 38_400, provenOptimal: true });
    expect(result.order).toEqual(problem.nodes.map((n) => n.id));
  });

  it("takes several thousand nodes, with every state read and written elsewhere", () => {
    const chain = residualChain(1000, 3, 64);
    const nodes = chain.nodes.flatMap((n, i): OrderNode[] => [
      n,
      { id: `save${i}`, inputs: [n.outputs[0]], outputs: [`state${i}`] },
    ]);
    const result = chooseOrder({ ...chain, nodes });
    expect(result).toMatchObject({ peakBytes: 192, provenOptimal: true });
    expect(new Set(result.order).size).toBe(8004);
  });

  it("finishes one branch before it starts the next", () => {
    // Two branches that expand to 100 bytes and shrink to 10; breadth first holds both expansions.
    const nodes: OrderNode[] = [
      { id: "in", inputs: [], outputs: ["x"] },
      { id: "wide1", inputs: ["x"], outputs: ["w1"] },
      { id: "wide2", inputs: ["x"], outputs: ["w2"] },
      { id: "narrow1", inputs: ["w1"], outputs: ["n1"] },
      { id: "narrow2", inputs: ["w2"], outputs: ["n2"] },
      { id: "join", inputs: ["n1", "n2"], outputs: ["y"] },
    ];
    const bufferBytes = new Map(Object.entries({ x: 20, w1: 100, w2: 100, n1: 10, n2: 10, y: 10 }));
    const result = check({ nodes, bufferBytes });
    // The second branch at its widest: 10 of the first result, 100 and the larger of 20 in, 10 out.
    expect(result).toMatchObject({ givenPeakBytes: 220, peakBytes: 130, provenOptimal: true });
  });

  it("loads states only when they are needed and saves them at once", () => {
    const nodes: OrderNode[] = [];
    const bufferBytes = new Map<string, number>();
    for (let i = 0; i < 20; i++) nodes.push({ id: `load${i}`, inputs: [`in${i}`], outputs: [`s${i}`] });
    for (let i = 0; i < 20; i++) {
      bufferBytes.set(`s${i}`, 100).set(`t${i}`, 100);
      nodes.push({ id: `cell${i}`, inputs: [i > 0 ? `t${i - 1}` : "mel", `s${i}`], outputs: [`t${i}`] });
    }
    for (let i = 0; i < 20; i++) nodes.push({ id: `save${i}`, inputs: [`t${i}`], outputs: [`out${i}`] });
    // A cell's input, state and output; given, all 20 states or all 20 outputs.
    expect(check({ nodes, bufferBytes })).toMatchObject({
      givenPeakBytes: 2100,
      peakBytes: 300,
      provenOptimal: true,
    });
  });

  it("counts scratch, and buffers that are kept to the end", () => {
    const nodes: OrderNode[] = [
      { id: "a", inputs: [], outputs: ["x"], scratch: 50 },
      { id: "b", inputs: ["x"], outputs: ["y"], scratch: 5 },
    ];
    const bufferBytes = new Map(Object.entries({ x: 10, y: 20 }));
    expect(check({ nodes, bufferBytes })).toMatchObject({ peakBytes: 60 });
    expect(
      check({ nodes, bufferBytes: new Map([...bufferBytes, ["state", 7]]), keep: ["state"] }),
    ).toMatchObject({ peakBytes: 67 });
  });

  it("writes a state only after everything has read it", () => {
    const nodes: OrderNode[] = [
      { id: "read1", inputs: ["state"], outputs: ["a"] },
      { id: "read2", inputs: ["state"], outputs: ["b"] },
      { id: "write", inputs: ["a"], outputs: ["state"] },
      { id: "use", inputs: ["b"], outputs: ["y"] },
    ];
    const result = check({
      nodes,
      bufferBytes: new Map([
        ["a", 10],
        ["b", 100],
      ]),
    });
    expect(result.order.indexOf("write")).toBeGreaterThan(result.order.indexOf("read2"));
  });

  it("takes a graph without nodes", () => {
    expect(chooseOrder({ nodes: [], bufferBytes: new Map() })).toMatchObject({ order: [], peakBytes: 0 });
  });
});
