import { afterEach, expect, test, vi } from "vitest";
import { findFirstDifference } from "../../../src/7-verify/first-difference.js";
import { verifyModel } from "../../../src/7-verify/verify.js";
import { compile, readModel } from "../../../src/compile.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import { tensor } from "../../../src/ir/tensor.js";
import type { Reference } from "../../../src/ops/op.js";
import { references } from "../../../src/ops/registry.js";
import { loadTarget } from "../../../src/target/load.js";
import { encode, node, valueInfo } from "../import/build-model.js";

/** x -> Abs -> Sqrt -> Softmax -> Neg -> y; beside it x -> Exp -> e, x -> Sign -> g. */
const bytes = encode({
  name: "g",
  input: [valueInfo("x", [2, 5])],
  output: ["y", "e", "g"].map((name) => valueInfo(name, [2, 5])),
  node: [
    node("Abs", ["x"], ["a"]),
    node("Sqrt", ["a"], ["s"]),
    node("Softmax", ["s"], ["m"]),
    node("Neg", ["m"], ["y"]),
    node("Exp", ["x"], ["e"]),
    node("Sign", ["x"], ["g"]),
  ],
});
const x = tensor("float32", [2, 5], [1, -2, 3, -4, 5, 6, -7, 8, -9, 10]);
const cases = [{ name: "case0", inputs: { x }, outputs: {} }];
const host = loadTarget("host");

/** Makes an operator's reference compute something else, as if its C were wrong. */
function breakReference(op: string): void {
  const right = references.get(op)!;
  const wrong: Reference = (...args) =>
    right(...args).map((t) => ({ ...t, data: (t.data as Float32Array).map((v) => v + 1) }));
  const get = references.get.bind(references);
  vi.spyOn(references, "get").mockImplementation((name) => (name === op ? wrong : get(name)));
}
afterEach(() => {
  vi.restoreAllMocks();
});

async function firstDifference(): Promise<string> {
  return findFirstDifference(await compile(bytes, { target: host }), host, cases, {});
}

test.each(["Abs", "Sqrt", "Softmax", "Neg", "Exp"])("%s is found", async (op) => {
  breakReference(op);
  expect(await firstDifference()).toMatch(new RegExp(`^make_\\w+ \\(${op}\\)$`));
});

test("verify names the node", async () => {
  breakReference("Softmax");
  const graph = readModel(bytes, {}, new Diagnostics());
  const report = await verifyModel(bytes, graph, cases, {}, { targets: [host], model: "m" });
  expect(report.ok).toBe(false);
  expect(report.targets[0].firstDifference).toBe("make_m (Softmax)");
});

test("no node is blamed where nothing differs", async () => {
  expect(await firstDifference()).toMatch(/^no single node/);
});
