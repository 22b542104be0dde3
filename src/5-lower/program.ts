import type { DType, TypedArray } from "../ir/dtype.js";
import type { Port } from "../ir/graph.js";
import type { Shape } from "../ir/tensor.js";

/** The C program as plain data: everything stage 6 needs to write the files, and nothing it has to compute. */
export interface CProgram {
  /** Prefix of every public name, a C identifier in lower case: `tinyvc`. */
  readonly name: string;
  readonly target: string;
  readonly inputs: readonly CPort[];
  readonly outputs: readonly CPort[];
  readonly arenaBytes: number;
  readonly arenaAlignment: number;
  readonly constants: readonly CConstant[];
  readonly functions: readonly CFunction[];
  readonly steps: readonly CStep[];
  /** Names of the shared helpers (templates/lib) that functions call. */
  readonly libraries: readonly string[];
  /** Multiply-accumulates of one run. */
  readonly macs: number;
}

/** An input or output as the C interface has it. */
export interface CPort {
  readonly onnx: Port;
  /** C identifier of the parameter. */
  readonly identifier: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface CConstant {
  readonly identifier: string;
  readonly dtype: DType;
  readonly data: TypedArray;
  readonly what: string;
  readonly align: number;
}

/** A C function that computes one or more steps. */
export interface CFunction {
  readonly identifier: string;
  readonly template: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Declarations: `const int8_t *x`. */
  readonly parameters: readonly string[];
}

/** One call of the program, numbered by execution. */
export interface CStep {
  readonly index: number;
  /** `tinyvc_03_conv`. */
  readonly identifier: string;
  readonly function: string;
  /** Parameters of the step's own function: `uint8_t *arena`, and the inputs and outputs it touches. */
  readonly parameters: readonly string[];
  /** How the run function calls it. */
  readonly callArguments: readonly string[];
  /** How the step's function calls `function`. */
  readonly arguments: readonly string[];
  /** Weights that are decoded in front of each call: one for each group of output channels, `group`. */
  readonly groups?: {
    readonly count: number;
    readonly decode: string;
    readonly arguments: readonly string[];
  };
  /** Lines of the comment above it: ONNX nodes, shapes, quantization, MACs, arena offsets, kernel. */
  readonly comment: readonly string[];
  readonly kernel: string;
  readonly macs: number;
}
