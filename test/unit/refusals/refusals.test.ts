import { expect, test } from "vitest";
import type { ImportedNode } from "../../../src/1-import/index.js";
import { compile, examine } from "../../../src/compile.js";
import { Diagnostics, formatDiagnostics, ModelError } from "../../../src/diagnostics/diagnostic.js";
import { supportTable } from "../../../src/support.js";
import { loadTarget } from "../../../src/target/load.js";
import { attribute, encode, floats, int64s, node, type, valueInfo } from "../import/build-model.js";

const target = loadTarget("cortex-m4");

/**
 * An operator nobody has; a Pad that legalizing refuses, on what that operator would compute; a sine of
 * doubles, for which there is no kernel; an attribute nobody knows behind a value of unknown type.
 */
const bytes = encode({
  name: "g",
  input: [valueInfo("x", [1, 2, 8]), valueInfo("d", [4], type.double)],
  output: [
    valueInfo("padded", undefined),
    valueInfo("sine", undefined, type.double),
    valueInfo("c", undefined),
    valueInfo("r", undefined),
  ],
  valueInfo: [valueInfo("a", [1, 2, 8])],
  initializer: [int64s("pads", [0, 0, 20000, 0, 0, 20000]), floats("w", [2, 2, 1], [1, 2, 3, 4])],
  node: [
    node("Mystery", ["x"], ["a"], [], { domain: "com.acme" }),
    node("Pad", ["a", "pads"], ["padded"], [attribute.string("mode", "reflect")]),
    node("Sin", ["d"], ["sine"]),
    node("Det", ["x"], ["unknown"]),
    node("Conv", ["unknown", "w"], ["c"], [attribute.int("padding", 1)]),
    node("Relu", ["x"], ["r"]),
  ],
});

test("import, legalizing and the choice of kernels report together, each with node and remedy", async () => {
  const error = await compile(bytes, { target }).catch((e) => e);
  expect(error).toBeInstanceOf(ModelError);
  const found = (error as ModelError).diagnostics.filter((d) => d.severity === "error");
  expect(found.map(({ code, origin }) => [code, origin])).toEqual([
    ["import/unsupported-operator", "make_a"],
    ["import/unsupported-operator", "make_unknown"],
    ["import/unsupported", "make_c"],
    ["legalize/unsupported", "make_padded"],
    ["schedule/no-kernel", "make_sine"],
  ]);
  for (const { hint } of found) expect(hint?.length).toBeGreaterThan(20);
});

test("the support table of a refused model says how each operator would be computed", () => {
  const nodes: ImportedNode[] = [];
  const diagnostics = new Diagnostics();
  const examined = examine(bytes, { target, onNode: (n) => nodes.push(n) }, diagnostics);
  const rows = supportTable(nodes, examined, diagnostics.list);
  expect(rows.map((r) => [r.domain, r.operator, r.opset, r.count, r.computed])).toEqual([
    ["ai.onnx", "Conv", 21, 1, { refused: 1 }],
    ["ai.onnx", "Det", 21, 1, { refused: 1 }],
    ["ai.onnx", "Pad", 21, 1, { refused: 1 }],
    ["ai.onnx", "Relu", 21, 1, { "float C": 1 }],
    ["ai.onnx", "Sin", 21, 1, { refused: 1 }],
    ["com.acme", "Mystery", undefined, 1, { refused: 1 }],
  ]);
  expect(rows[2].refused[0].message).toContain("repeats its input too often");
});

test("what is said of several nodes is printed once", () => {
  const about = (origin: string) =>
    ({ code: "import/unsupported-operator", severity: "error", message: "no X", origin, hint: "h" }) as const;
  const list = [..."abcdef"].map(about);
  expect(formatDiagnostics([...list, { ...about("z"), message: "no Y" }])).toBe(
    "error[import/unsupported-operator]: a, b, c, d and 2 more: no X\n  hint: h\n" +
      "error[import/unsupported-operator]: z: no Y\n  hint: h",
  );
});
