import type { DType } from "../../ir/dtype.js";
import { broadcastShapes, type Tensor, zeros } from "../../ir/tensor.js";
import type { Formula } from "../../proof/elementwise/form.js";
import { type AttributeReader, defineOp, type OpDefinition, OpError } from "../op.js";
import { operand, outputInfo } from "../operands.js";

/**
 * Attributes of `vcgen.QBinary`: y = table[a, b] for 8-bit a and b, broadcast. Whatever function of two
 * quantized operands the reference computes is in the table; kernels search arithmetic that is equal on
 * all of it.
 */
export type QBinaryAttributes = {
  /** 65,536 outputs: that of (a, b) stands at (a & 255) * 256 + (b & 255). */
  readonly table: Pick<Tensor, "dtype" | "data">;
  /** The real function that was rounded, where it is known. */
  readonly formula: Formula | undefined;
};

export const qbinaryName = "vcgen.QBinary";

export const isByte = (dtype: DType): dtype is "int8" | "uint8" => dtype === "int8" || dtype === "uint8";

const tableAttribute: AttributeReader<QBinaryAttributes["table"]> = (value, name) => {
  const table = value as QBinaryAttributes["table"] | undefined;
  if (!table || !isByte(table.dtype) || table.data.length !== 65536) {
    throw new OpError(`attribute "${name}" must have 65536 entries of an 8-bit type`);
  }
  return table;
};

const qbinary = defineOp<QBinaryAttributes>({
  name: qbinaryName,
  attributes: { table: tableAttribute, formula: (value) => value as Formula | undefined },
  inputs: [2, 2],
  infer(inputs, { table }) {
    const [a, b] = [operand(inputs, 0, "a"), operand(inputs, 1, "b")];
    if (!isByte(a.dtype) || !isByte(b.dtype)) {
      throw new OpError(`operands are ${a.dtype} and ${b.dtype}; expected 8-bit types`);
    }
    const shape = broadcastShapes(a.shape, b.shape);
    if (!shape) throw new OpError(`[${a.shape}] and [${b.shape}] do not broadcast`);
    return [outputInfo(table.dtype, shape)];
  },
  permute: (attrs) => attrs,
  shiftToSigned({ table, formula }, { inputs: [a, b], outputs: [y] }) {
    if (y && table.dtype !== "uint8") return undefined;
    const shifted = zeros(y ? "int8" : table.dtype, [65536]);
    const flip = (a ? 0x8000 : 0) | (b ? 0x80 : 0);
    for (let i = 0; i < 65536; i++) shifted.data[i] = Number(table.data[i ^ flip]) - (y ? 128 : 0);
    const [da, db, dy] = [a, b, y].map((is) => (is ? 128 : 0));
    return {
      table: { dtype: shifted.dtype, data: shifted.data },
      formula: formula && shiftFormula(formula, da, db, dy),
    };
  },
});

/** The formula of operands and outputs that are less by da, db and dy. */
function shiftFormula(formula: Formula, da: number, db: number, dy: number): Formula {
  if (formula.kind === "product") {
    const { zeroA, zeroB, constant } = formula;
    return { ...formula, zeroA: zeroA - da, zeroB: zeroB - db, constant: constant - dy };
  }
  const { ratioA, ratioB, constant } = formula;
  return { ...formula, constant: constant + ratioA * da + ratioB * db - dy };
}

export const ops: OpDefinition[] = [qbinary as OpDefinition];
