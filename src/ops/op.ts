import type { DType } from "../ir/dtype.js";
import type { Attributes } from "../ir/graph.js";
import type { Shape, Tensor } from "../ir/tensor.js";

/**
 * What vcgen knows of an operator, apart from its kernels. One folder in `src/ops` holds a family of
 * operators: `op.ts` (this), `reference.ts` (the arithmetic), and one file for each ISA with kernels.
 */
export interface OpDefinition<A extends Attributes = Attributes> {
  /** ONNX operator name; `com.microsoft.X` where the domain matters; `vcgen.X` for kernel-stage operators. */
  readonly name: string;
  /** Oldest and newest ONNX opset whose form is understood (importers upgrade old forms to the newest). */
  readonly opsets?: readonly [number, number];
  /** Attribute names this operator may carry, with how each is read. Any other attribute is refused. */
  readonly attributes: { readonly [K in keyof A]: AttributeReader<A[K]> };
  /** Number of inputs, least and most, absent ones included. */
  readonly inputs: readonly [number, number];
  readonly outputs?: readonly [number, number];
  /**
   * Types and shapes of the outputs. Input data is there where it is constant. Throws `OpError` where
   * inputs or attributes do not fit the specification or are not supported.
   */
  infer(inputs: readonly (ValueInfo | undefined)[], attrs: A, outputs: number): ValueInfo[];
  /**
   * Rewrites the form an older opset gave this operator into the newest one (e.g. Squeeze's `axes`
   * attribute becomes its second input). Runs before attributes are read.
   */
  upgrade?(node: RawNode, opset: number): RawNode;
  /**
   * For kernel-stage operators that a Transpose may pass through: the attributes with which
   * `op(Transpose(x, perm))` equals `Transpose(op'(x), perm)` when all inputs are transposed alike
   * (constants are permuted while compiling). `rank` is the output's. Undefined where it does not hold.
   */
  permute?(attrs: A, perm: readonly number[], inputs: readonly (ValueInfo | undefined)[]): A | undefined;
  /**
   * For kernel-stage operators: the attributes for operands that hold uint8 tensors as int8, each value
   * less 128 (and its zero point with it). Undefined where the operator cannot take these operands so.
   */
  shiftToSigned?(attrs: A, shifted: ShiftedOperands): A | undefined;
}

/** Which operands of a node are held as int8 in place of uint8. */
export interface ShiftedOperands {
  readonly inputs: readonly boolean[];
  readonly outputs: readonly boolean[];
}

/** A type and a shape, with the data where it is known while compiling. */
export interface ValueInfo {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data?: Tensor["data"];
}

/** A node as decoded, before its attributes are read. Inputs are values or undefined where left out. */
export interface RawNode {
  readonly inputs: readonly (ValueInfo | undefined)[];
  /** Raw attribute values: number, string, number[], string[], Tensor. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Reads one attribute; gives the default where it is absent; throws `OpError` where it is required or of a wrong type. */
export type AttributeReader<T> = (value: unknown, name: string) => T;

/** An operator that does not fit its specification or is not supported; the importer adds the node's name. */
export class OpError extends Error {
  override readonly name = "OpError";
  constructor(
    message: string,
    readonly hint?: string,
    /** `invalid`: the model is wrong; `unsupported`: vcgen cannot do this. */
    readonly kind: "invalid" | "unsupported" = "invalid",
  ) {
    super(message);
  }
}

/** Keeps the attribute type of a definition while it is stored in a list of all of them. */
export function defineOp<A extends Attributes>(definition: OpDefinition<A>): OpDefinition<A> {
  return definition;
}

/**
 * The naive, readable arithmetic of an operator: tensors in, tensors out, straight from the
 * specification. It must not share code with kernels (numerics contract, item 4). An absent optional
 * input is undefined; every output is computed, also the ones a graph leaves out.
 */
export type Reference<A extends Attributes = Attributes> = (
  inputs: readonly (Tensor | undefined)[],
  attrs: A,
  /** Number of outputs asked for. */
  outputs: number,
) => Tensor[];

const wrong = (name: string, what: string): never => {
  throw new OpError(`attribute "${name}" must be ${what}`);
};

/** Attribute readers. `attr.int(1)` has a default, `attr.int()` is required, `attr.optional(...)` may be undefined. */
export const attr = {
  int:
    (fallback?: number): AttributeReader<number> =>
    (v, name) => {
      const value = v ?? fallback;
      return typeof value === "number" && Number.isInteger(value) ? value : wrong(name, "an integer");
    },
  float:
    (fallback?: number): AttributeReader<number> =>
    (v, name) => {
      const value = v ?? fallback;
      return typeof value === "number" ? Math.fround(value) : wrong(name, "a number");
    },
  bool:
    (fallback?: boolean): AttributeReader<boolean> =>
    (v, name) => {
      const value = v ?? (fallback === undefined ? undefined : Number(fallback));
      return typeof value === "number" ? value !== 0 : wrong(name, "0 or 1");
    },
  string:
    <T extends string = string>(fallback?: T, allowed?: readonly T[]): AttributeReader<T> =>
    (v, name) => {
      const value = (v ?? fallback) as T;
      if (typeof value !== "string") wrong(name, "a string");
      if (allowed && !allowed.includes(value)) {
        throw new OpError(
          `attribute "${name}" is "${value}"; supported: ${allowed.join(", ")}`,
          undefined,
          "unsupported",
        );
      }
      return value;
    },
  ints:
    (fallback?: readonly number[]): AttributeReader<readonly number[]> =>
    (v, name) => {
      const value = v ?? fallback;
      return Array.isArray(value) && value.every((x) => Number.isInteger(x))
        ? value
        : wrong(name, "a list of integers");
    },
  floats:
    (fallback?: readonly number[]): AttributeReader<readonly number[]> =>
    (v, name) => {
      const value = v ?? fallback;
      return Array.isArray(value) && value.every((x) => typeof x === "number")
        ? value
        : wrong(name, "a list of numbers");
    },
  strings:
    (fallback?: readonly string[]): AttributeReader<readonly string[]> =>
    (v, name) => {
      const value = v ?? fallback;
      return Array.isArray(value) && value.every((x) => typeof x === "string")
        ? value
        : wrong(name, "a list of strings");
    },
  tensor: (): AttributeReader<Tensor> => (v, name) =>
    v && typeof v === "object" && "dtype" in v ? (v as Tensor) : wrong(name, "a tensor"),
  optional:
    <T>(reader: AttributeReader<T>): AttributeReader<T | undefined> =>
    (v, name) =>
      v === undefined ? undefined : reader(v, name),
} as const;

/** A non-negative axis, or an `OpError` if it is out of range for the rank. */
export function normalizeAxis(axis: number, rank: number, name = "axis"): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= Math.max(rank, 1)) {
    throw new OpError(`${name} ${axis} is out of range for rank ${rank}`);
  }
  return positive;
}
