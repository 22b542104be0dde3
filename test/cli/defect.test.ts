import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { main } from "../../src/cli/main.js";

/** A command that fails in a way that no model and no command line should bring about. */
vi.mock("../../src/cli/open-model.js", () => ({
  openModel: () => {
    throw new TypeError("x is undefined");
  },
}));

let [stdout, stderr] = ["", ""];
beforeEach(() => {
  [stdout, stderr] = ["", ""];
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

test("a defect exits with 70, asks for a report and shows no stack", async () => {
  expect(await main(["inspect", "model.onnx"])).toBe(70);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/^error: vcgen has a defect: x is undefined\n {2}hint: .*report/);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test("with --json it is said on stdout, too", async () => {
  expect(await main(["inspect", "model.onnx", "--json"])).toBe(70);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: "vcgen has a defect: x is undefined" });
});
