import { describe, expect, test } from "vitest";
import { verifyModel } from "../../src/7-verify/verify.js";
import { bundledModels, loadModel, sharedIntegerModels, type TestModel } from "../models.js";

/** How the outputs of the reference agree with those that ONNX Runtime recorded. */
async function agreements(model: TestModel): Promise<string[]> {
  const { bytes, graph, golden } = await loadModel(model);
  const options = { model: model.name, targets: [] };
  const report = await verifyModel(bytes, graph, golden.cases, golden.tolerance, options);
  expect(report.golden.length).toBeGreaterThan(0);
  return report.golden.map(({ agreement }) => agreement);
}

/** Bundled models in which ONNX Runtime ran float kernels: its rounding in them is not ours. */
const floatInside = new Set([
  "exporter_gru_dynamo_qdq",
  "fuzz_concat_qop_u8",
  "fuzz_matmul_act_float",
  "stream_step1_qdq",
]);

describe("reference against recorded outputs", () => {
  test.each(bundledModels.map((model) => [model.name, model] as const))("%s", async (name, model) => {
    const wanted = floatInside.has(name) ? ["identical", "one-step", "float", "snr"] : ["identical"];
    for (const agreement of await agreements(model)) expect(wanted).toContain(agreement);
  });
});

describe.skipIf(sharedIntegerModels.length === 0)("integer models beside the project are identical", () => {
  test.each(sharedIntegerModels.map((model) => [model.name, model] as const))("%s", async (_, model) => {
    for (const agreement of await agreements(model)) expect(agreement).toBe("identical");
  });
});
