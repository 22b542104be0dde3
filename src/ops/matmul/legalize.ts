import { permuteTensor } from "../../ir/permute.js";
import { numel, type Tensor } from "../../ir/tensor.js";
import type { Operand } from "../conv/to-kernel.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder, type Term } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import { type LegalizeBuilder, type Legalizer, transpose } from "../legalize.js";
import type { GemmAttributes } from "./op.js";
import { buildProduct, isConstantMatrix, operandAt } from "./to-kernel.js";

const matmul: Legalizer = ({ node, inputs }, build) => {
  const [a, b] = [operandAt(node, inputs, 0)!, operandAt(node, inputs, 1)!];
  return [buildProduct(build, { a, b, output: { kind: "float32" } })];
};

/** alpha * (A' * B') + beta * C, each operation rounded; a plain bias goes into the product's kernel. */
const gemm: Legalizer<GemmAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const { alpha, beta } = attrs;
  const a = turned(build, operandAt(node, inputs, 0)!, attrs.transA);
  const b = turned(build, operandAt(node, inputs, 1)!, attrs.transB);
  const c = operandAt(node, inputs, 2);
  const output = outputs[0]!;
  const bias =
    c && alpha === 1 && beta === 1 && isConstantMatrix(b.info) ? plainBias(c, output.shape[1]) : undefined;
  const product = buildProduct(build, { a, b, bias, output: { kind: "float32" } });
  if (bias || (!c && alpha === 1)) return [product];
  const names = [product, c?.name ?? ""];
  const infos = [output, c?.info];
  const p = new StepBuilder();
  const scaled = (term: Term, by: number): Term => (by === 1 ? term : p.same("Mul", term, by));
  const left = scaled(p.input(0, "float32"), alpha);
  if (c) p.same("Add", left, scaled(p.input(1, "float32"), beta));
  const map = mapNode(names, infos, p.steps, output);
  return [build.node(mapName, map.inputs, output, map.attrs)];
};

/** The operand transposed if asked for: while compiling where it is constant. */
export function turned(build: LegalizeBuilder, operand: Operand, transposed: boolean): Operand {
  if (!transposed) return operand;
  const { dtype, shape, data } = operand.info;
  if (data) {
    const moved = permuteTensor({ dtype, shape, data }, [1, 0]);
    return { name: build.constant("transposed", moved), info: moved };
  }
  const info = { dtype, shape: [shape[1], shape[0]] };
  return { name: transpose(build, operand.name, operand.info, [1, 0]), info };
}

/** C as one constant for each column, if it is that. */
function plainBias(c: Operand, columns: number): Tensor | undefined {
  const { dtype, shape, data } = c.info;
  if (!data || numel(shape) !== columns || shape.at(-1) !== columns) return undefined;
  return { dtype, shape: [columns], data };
}

export const legalizers = { MatMul: matmul, Gemm: gemm as Legalizer };
