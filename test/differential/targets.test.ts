import { describe, expect, test } from "vitest";
import { toolStatus } from "../../src/7-verify/tools.js";
import { verifyModel } from "../../src/7-verify/verify.js";
import { loadTarget } from "../../src/target/load.js";
import { bundledModels, loadModel, sharedLayers, type TestModel } from "../models.js";

const targets = ["host", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"].map(loadTarget);

/** C against reference: no byte may differ. Under QEMU one case of each model is run. */
async function check(model: TestModel, target: (typeof targets)[number]): Promise<void> {
  const { bytes, graph, golden } = await loadModel(model);
  const cases = target.emulator ? golden.cases.slice(0, 1) : golden.cases;
  const { shapes } = model;
  const options = { name: "model", model: model.name, targets: [target], ...(shapes && { shapes }) };
  const report = await verifyModel(bytes, graph, cases, golden.tolerance, options);
  const [{ differing, firstDifference, bytes: compared }] = report.targets;
  expect(compared).toBeGreaterThan(0);
  expect({ differing, firstDifference }).toEqual({ differing: 0, firstDifference: undefined });
}

describe.each(targets.map((target) => [target.name, target] as const))("C on %s", (_, target) => {
  test("its tools are installed", () => {
    expect(toolStatus(target)).toMatchObject({ ready: true });
  });
  test.each([...bundledModels, ...sharedLayers].map((m) => [m.name, m] as const))("%s", (_, model) =>
    check(model, target),
  );
});
