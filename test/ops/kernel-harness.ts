import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { orderLibraries, render } from "../../src/6-emit/templates.js";
import { type DType, dtypeInfo, type TypedArray } from "../../src/ir/dtype.js";
import type { Attributes } from "../../src/ir/graph.js";
import { numel, type Shape, type Tensor, zeros } from "../../src/ir/tensor.js";
import {
  isRefused,
  type Kernel,
  type KernelCode,
  type NodeView,
  type Overlap,
} from "../../src/ops/kernel.js";
import type { ValueInfo } from "../../src/ops/op.js";
import type { Target } from "../../src/target/target.js";

/** The portable target, for `Kernel.accept`. */
export const hostTarget: Target = {
  name: "host",
  description: "portable C",
  isas: ["scalar"],
  features: { fpu: "double", unaligned: true, bits: 64, longMultiply: true, vectorFloatIsIeee: true },
  toolchain: { compiler: "cc", flags: [], packages: [] },
};

/** One call of a kernel. */
export interface KernelCase {
  readonly kernel: Kernel;
  readonly op: string;
  readonly inputs: readonly (Tensor | undefined)[];
  /** Indices of inputs whose data the kernel may know while compiling. */
  readonly constants?: readonly number[];
  readonly attrs: Attributes;
  /** Types and shapes of the outputs, as the operator's `infer` gives them. */
  readonly outputs: readonly (ValueInfo | undefined)[];
  /** Runs with output 0 in the memory of this input, which the kernel must allow. */
  readonly inPlace?: number;
  /** Runs with output 0 as far into its input as the kernel says it may be. */
  readonly overlap?: boolean;
}

/** A kernel-stage node as the scheduler shows it to kernels. */
export function viewOf(
  test: Pick<KernelCase, "op" | "inputs" | "constants" | "attrs" | "outputs">,
): NodeView {
  const info = (t: Tensor | undefined, i: number): ValueInfo | undefined =>
    t && { dtype: t.dtype, shape: t.shape, ...(test.constants?.includes(i) ? { data: t.data } : {}) };
  return {
    node: {
      name: "node",
      op: test.op,
      inputs: test.inputs.map((t, i) => (t ? `x${i}` : "")),
      outputs: test.outputs.map((t, i) => (t ? `y${i}` : "")),
      attrs: test.attrs,
      origin: [],
    },
    attrs: test.attrs,
    inputs: test.inputs.map(info),
    outputs: test.outputs,
  };
}

/** The C of shared helpers and everything they need. */
export const renderLibraries = (names: Iterable<string>): string =>
  orderLibraries(names)
    .map((name) => render(`lib/${name}.c`, {}))
    .join("\n");

/** Flags that generated C must compile under without a warning, and the checks tests run it with. */
const cFlags = [
  ...["-std=c11", "-O1", "-ffp-contract=off"],
  ...["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"],
];

/**
 * Undefined behaviour ends the program. Clang's run-time library may not be there, so it traps; and its
 * optimizer takes minutes over checked loops.
 */
const sanitizers = (compiler: string): string[] => [
  "-fsanitize=undefined",
  ...(compiler.includes("clang") ? ["-fsanitize-trap=undefined", "-O0"] : ["-fno-sanitize-recover=all"]),
];

/** Compiles a C program, runs it on the bytes of `input`, and gives the bytes it writes. */
export function runC(
  source: string,
  input: Uint8Array,
  compiler = "cc",
  flags: readonly string[] = [],
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "vcgen-kernel-"));
  try {
    const file = (name: string) => join(folder, name);
    writeFileSync(file("test.c"), source);
    writeFileSync(file("in.bin"), input);
    execaSync(compiler, [...cFlags, ...flags, "-o", file("test"), file("test.c")]);
    execaSync(file("test"), [file("in.bin"), file("out.bin")]);
    return new Uint8Array(readFileSync(file("out.bin")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs kernels as C on the host, all in one program, and gives their outputs. Throws where a kernel
 * refuses the node, where the C does not compile cleanly or has undefined behaviour, and where a kernel
 * writes outside its outputs and scratch.
 */
export function runKernels(cases: readonly KernelCase[], target: Target = hostTarget): Tensor[][] {
  const memory = new Memory();
  const libraries = new Set<string>();
  const functions: string[] = [];
  const calls: string[] = [];
  const results = cases.map((test, index) => {
    const view = viewOf(test);
    const answer = test.kernel.accept(view, target);
    if (isRefused(answer)) throw new Error(`${test.kernel.name} refused: ${answer.refused}`);
    if (test.inPlace !== undefined && !answer.inPlace?.includes(test.inPlace)) {
      throw new Error(`${test.kernel.name} does not work in place of input ${test.inPlace}`);
    }
    const code = answer.lower();
    if (test.overlap && !answer.overlap) throw new Error(`${test.kernel.name} does not overlap`);
    const shared = test.overlap ? placeOverlapping(memory, test, answer.overlap!) : undefined;
    const inputs = test.inputs.map((t, i) => (t ? (shared?.[i] ?? memory.place(t.dtype, t.data)) : -1));
    const outputs = test.outputs.map((t, i) => {
      if (!t) return -1;
      if (i === 0 && shared) return shared.output;
      return i === 0 && test.inPlace !== undefined ? inputs[test.inPlace] : memory.reserve(bytesOf(t), true);
    });
    if (test.inPlace !== undefined) memory.writable(inputs[test.inPlace]);
    const scratch = memory.reserve(answer.scratch ?? 0, true);
    const call = (name: string, called: KernelCode): string => {
      for (const library of called.uses ?? []) libraries.add(library);
      const parameters = called.parameters.map((p) =>
        parameterOf(p, view, { inputs, outputs, scratch }, memory),
      );
      functions.push(
        `static void ${name}(${parameters.map((p) => p.declaration).join(", ")}) {\n` +
          `${render(`ops/${called.template}.c`, called.values)}\n}\n`,
      );
      return `  ${name}(${parameters.map((p) => p.argument).join(", ")});\n`;
    };
    const run = call(`kernel_${index}`, code);
    calls.push(
      code.groups
        ? `for (int32_t group = 0; group < ${code.groups.count}; group++) {\n${call(`decode_${index}`, code.groups.decode)}${run}}\n`
        : run,
    );
    return outputs;
  });

  const source =
    "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" +
    `${renderLibraries(libraries)}\n${functions.join("\n")}\n${program(calls.join(""), memory.size)}`;
  const before = memory.bytes();
  const { compiler } = target.toolchain;
  const after = runC(source, before, compiler, sanitizers(compiler));
  memory.check(before, after);
  return cases.map((test, c) =>
    test.outputs.flatMap((info, i) => (info ? [tensorAt(after, results[c][i], info.dtype, info.shape)] : [])),
  );
}

/** Runs one kernel; see `runKernels`. */
export const runKernel = (test: KernelCase): Tensor[] => runKernels([test])[0];

/** The program's main: one block of memory is read, the kernels run in it, and it is written back. */
const program = (calls: string, size: number): string => `
int main(int argc, char **argv) {
  uint8_t *memory = aligned_alloc(64, ${size}U);
  FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
  FILE *out = argc == 3 ? fopen(argv[2], "wb") : NULL;
  if (!memory || !in || !out || fread(memory, 1, ${size}U, in) != ${size}U) return 1;
${calls}
  return fwrite(memory, 1, ${size}U, out) == ${size}U && fclose(out) == 0 ? 0 : 1;
}
`;

const bytesOf = (info: ValueInfo): number => numel(info.shape) * dtypeInfo[info.dtype].bytes;

function tensorAt(memory: Uint8Array, offset: number, dtype: DType, shape: Shape): Tensor {
  const result = zeros(dtype, shape);
  const bytes = numel(shape) * dtypeInfo[dtype].bytes;
  new Uint8Array(result.data.buffer).set(memory.subarray(offset, offset + bytes));
  return result;
}

/** Output 0 and an input in one region, the output's beginning `distance` bytes before the input's. */
function placeOverlapping(
  memory: Memory,
  { inputs, outputs }: KernelCase,
  { input, distance }: Overlap,
): Record<number, number> & { readonly output: number } {
  const [x, y] = [inputs[input]!, outputs[0]!];
  const before = Math.ceil(distance / 8) * 8;
  const output = memory.reserve(Math.max(before + x.data.byteLength, bytesOf(y)), true);
  memory.fill(output + before, x.data);
  return { [input]: output + before, output };
}

interface Places {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly scratch: number;
}

function parameterOf(p: KernelCode["parameters"][number], view: NodeView, at: Places, memory: Memory) {
  const step = "step" in p && p.step ? ` + group * ${p.step}` : "";
  const pointer = (ctype: string, name: string, offset: number) => ({
    declaration: `${ctype} *${name}`,
    argument: `(${ctype} *)(void *)(memory + ${offset})${step}`,
  });
  switch (p.kind) {
    case "input":
      return pointer(`const ${p.as ?? dtypeInfo[view.inputs[p.index]!.dtype].c}`, p.name, at.inputs[p.index]);
    case "output":
      return pointer(p.as ?? dtypeInfo[view.outputs[p.index]!.dtype].c, p.name, at.outputs[p.index]);
    case "scratch":
      return pointer(p.ctype, p.name, at.scratch + (p.offset ?? 0));
    case "constant":
      return pointer(`const ${dtypeInfo[p.dtype].c}`, p.name, memory.place(p.dtype, p.data));
    case "scalar":
      return { declaration: `${p.ctype} ${p.name}`, argument: p.value };
  }
}

/** Regions of one block, with guard bytes between them that nothing may write. */
class Memory {
  readonly #regions: { offset: number; bytes: Uint8Array; writable: boolean }[] = [];
  #end = 64;

  get size(): number {
    return this.#end;
  }

  place(dtype: DType, data: TypedArray): number {
    if (data.BYTES_PER_ELEMENT !== dtypeInfo[dtype].bytes) throw new Error(`data is not ${dtype}`);
    const offset = this.reserve(data.byteLength, false);
    this.#regions.at(-1)!.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return offset;
  }

  /** Room filled with a pattern, so that reading before writing shows. */
  reserve(size: number, writable: boolean): number {
    const offset = this.#end;
    this.#regions.push({ offset, bytes: new Uint8Array(size).fill(0xa5), writable });
    this.#end = Math.ceil((offset + size + 64) / 64) * 64;
    return offset;
  }

  /** Puts data into a region that is there. */
  fill(offset: number, data: TypedArray): void {
    const region = this.#regions.find((r) => r.offset <= offset && offset < r.offset + r.bytes.length)!;
    region.bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset - region.offset);
  }

  writable(offset: number): void {
    for (const region of this.#regions) if (region.offset === offset) region.writable = true;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#end).fill(0x5a);
    for (const { offset, bytes } of this.#regions) all.set(bytes, offset);
    return all;
  }

  check(before: Uint8Array, after: Uint8Array): void {
    const expected = before.slice();
    for (const { offset, bytes, writable } of this.#regions) {
      if (writable) expected.set(after.subarray(offset, offset + bytes.length), offset);
    }
    const bad = expected.findIndex((byte, i) => byte !== after[i]);
    if (bad >= 0) throw new Error(`a kernel wrote outside its outputs, at offset ${bad}`);
  }
}
