import { expect, test } from "vitest";
import type { DType } from "../../../src/ir/dtype.js";
import { type Tensor, tensor } from "../../../src/ir/tensor.js";
import { type MapAttributes, mapName } from "../../../src/ops/elementwise/map.js";
import { StepBuilder, type Term } from "../../../src/ops/elementwise/steps.js";
import type { NodeView } from "../../../src/ops/kernel.js";
import { tabulateMap } from "../../../src/ops/qlinear-binary/from-map.js";
import type { QBinaryAttributes } from "../../../src/ops/qlinear-binary/op.js";

type Byte = "int8" | "uint8";
const f = Math.fround;

/** A Map that dequantizes its inputs, applies `write`, and quantizes the result. */
function quantized(
  types: readonly Byte[],
  scales: readonly number[],
  zeros: readonly number[],
  write: (p: StepBuilder, ...x: Term[]) => Term,
): NodeView<MapAttributes> {
  const p = new StepBuilder();
  const reals = types.map((type, i) => {
    const centred = p.same("Sub", p.cast(p.input(i, type), "int32"), zeros[i]);
    return p.same("Mul", p.cast(centred, "float32"), f(scales[i]));
  });
  const result = p.same("Div", write(p, ...reals), f(scales[types.length]));
  p.saturate(result, p.constant("int8", zeros[types.length]));
  const inputs = types.map((dtype) => ({ dtype, shape: [4, 3] }));
  return {
    node: { name: "n", op: mapName, inputs: ["a", "b"], outputs: ["y"], attrs: {}, origin: [] },
    attrs: { steps: p.steps },
    inputs,
    outputs: [{ dtype: "int8", shape: [4, 3] }],
  };
}

const round = (x: number) => {
  const near = Math.round(x);
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near;
};
const saturate = (x: number) => Math.min(Math.max(x, -128), 127);

test("a residual sum between Q/DQ becomes two products", () => {
  const [sa, sb, sy] = [0.0237131, 0.0411717, 0.0503019].map(f);
  const view = quantized(["int8", "uint8"], [sa, sb, sy], [3, 131, -7], (p, a, b) => p.same("Add", a, b));
  const made = tabulateMap(view);
  expect(made).toMatchObject({ op: "vcgen.QBinary", inputs: [0, 1] });
  const { table, formula } = made!.attrs as QBinaryAttributes;
  for (let a = -128; a < 128; a++) {
    for (let b = 0; b < 256; b++) {
      const real = f(f(f((a - 3) * sa) + f((b - 131) * sb)) / sy);
      const expected = saturate(round(real) - 7);
      if (table.data[(a & 255) * 256 + b] !== expected) expect.fail(`${a}, ${b}`);
    }
  }
  expect(formula?.kind).toBe("sum");
  expect((formula as { ratioA: number }).ratioA).toBeCloseTo(sa / sy, 7);
  expect((formula as { ratioB: number }).ratioB).toBeCloseTo(sb / sy, 7);
});

test("a product has lines; what has none stays a Map", () => {
  const scales = [0.0237131, 0.0411717, 0.0503019];
  const product = quantized(["int8", "int8"], scales, [3, 1, -7], (p, a, b) => p.same("Mul", a, b));
  expect(tabulateMap(product)).toMatchObject({
    op: "vcgen.QBinary",
    attrs: { formula: { kind: "product", zeroA: 3, zeroB: 1 } },
  });
  const squares = quantized(["int8", "int8"], scales, [3, 1, -7], (p, a, b) =>
    p.same("Add", p.same("Mul", a, a), p.same("Mul", b, b)),
  );
  expect(tabulateMap(squares)).toBeUndefined();
});

test("one 8-bit input becomes a look-up of any type", () => {
  const p = new StepBuilder();
  p.same("Mul", p.cast(p.input(1, "uint8"), "float32"), p.cast(p.input(0, "float32"), "float32"));
  const scale = tensor("float32", [], [0.1]);
  const view = {
    ...quantized([], [1], [0], () => new StepBuilder().constant("float32", 1)),
    attrs: { steps: p.steps },
    inputs: [scale, { dtype: "uint8", shape: [5] }],
    outputs: [{ dtype: "float32", shape: [5] }],
  } as NodeView<MapAttributes>;
  const made = tabulateMap(view);
  expect(made).toMatchObject({ op: "vcgen.Lookup", inputs: [1] });
  const table = made!.attrs.table as Pick<Tensor, "data">;
  expect(Array.from(table.data as Float32Array)).toEqual(
    Array.from({ length: 256 }, (_, i) => f(i * f(0.1))),
  );
});

test.each([
  ["wide inputs", [{ dtype: "int16", shape: [5] }]],
  ["three inputs", [0, 1, 2].map(() => ({ dtype: "int8", shape: [5] }))],
  ["none", [tensor("int8", [1], [3])]],
] as const)("%s stay a Map", (_, inputs) => {
  const p = new StepBuilder();
  p.cast(p.input(0, inputs[0].dtype as DType), "float32");
  const view = {
    node: { name: "n", op: mapName, inputs: [], outputs: ["y"], attrs: {}, origin: [] },
    attrs: { steps: p.steps },
    inputs,
    outputs: [{ dtype: "float32", shape: [5] }],
  } as NodeView<MapAttributes>;
  expect(tabulateMap(view)).toBeUndefined();
});
