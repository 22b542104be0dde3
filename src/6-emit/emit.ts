import type { CPort, CProgram } from "../5-lower/program.js";
import { dtypeInfo } from "../ir/dtype.js";
import { numel } from "../ir/tensor.js";
import { floatLiteral } from "../ops/literal.js";
import { formatC } from "./format.js";
import { printable } from "./printable.js";
import { tableLines } from "./tables.js";
import { orderLibraries, render } from "./templates.js";
import { usedHelpers } from "./used-helpers.js";

/** What the preamble of every file says. The same model and options give the same text: no date, no path. */
export interface Preamble {
  readonly version: string;
  readonly modelSha256: string;
  readonly options: string;
}

/** The generated files by name. */
export type Files = Readonly<Record<string, string>>;

/** Renders `<name>.h`, `<name>.c`, `<name>_weights.c` and `CMakeLists.txt`. */
export async function emit(
  program: CProgram,
  preamble: Preamble,
  arenaMap: readonly string[],
  flags: readonly string[],
): Promise<Files> {
  const { name } = program;
  const NAME = name.toUpperCase();
  const inputs = program.inputs.map((port) => portView(port, NAME));
  const outputs = program.outputs.map((port) => portView(port, NAME));
  const signature = [
    ...inputs.map((port) => `const ${port.ctype} *${port.identifier}`),
    ...outputs.map((port) => `${port.ctype} *${port.identifier}`),
  ];
  const constants = program.constants.map((constant) => ({
    identifier: constant.identifier,
    ctype: dtypeInfo[constant.dtype].c,
    length: constant.data.length,
    align: constant.align,
    what: printable(constant.what),
    lines: tableLines(constant.data),
  }));
  const functions = program.functions.map((fn) => ({
    ...fn,
    body: render(`ops/${fn.template}.c`, fn.values),
  }));
  const rendered = orderLibraries(program.libraries).map((library) => render(`lib/${library}.c`, {}));
  const libraries = usedHelpers(rendered, functions.map((fn) => fn.body).join("\n"));
  const calls = program.steps.map((step) => `${step.identifier}(${step.callArguments.join(", ")})`);
  const usesArena = program.steps.some((step) => step.parameters.includes("uint8_t *arena"));
  const common = {
    name,
    NAME,
    target: program.target,
    ...preamble,
    headerTitle: `${name}.h: interface of the neural network ${name}`,
    sourceTitle: `${name}.c: the neural network ${name}`,
    weightsTitle: `${name}_weights.c: tables of the neural network ${name}`,
    arenaAlignment: program.arenaAlignment,
    inputs,
    outputs,
    signature,
    pointers: [...inputs, ...outputs].map((port) => port.identifier),
    arenaBytes: Math.max(program.arenaBytes, 1),
    macs: program.macs,
    weightBytes: program.constants.reduce((sum, c) => sum + c.data.byteLength, 0),
  };
  return {
    [`${name}.h`]: await formatC(render("model.h", common)),
    [`${name}.c`]: await formatC(
      render("model.c", {
        ...common,
        includes: includesOf([...functions.map((f) => f.body), ...libraries].join("\n")),
        constants,
        functions,
        libraries,
        steps: program.steps.map((step) => ({
          ...step,
          groups: step.groups ?? false,
          comment: step.comment.map(printable),
        })),
        calls,
        arenaMap,
        usesArena,
      }),
    ),
    [`${name}_weights.c`]: render("weights.c", { ...common, constants }),
    "CMakeLists.txt": render("CMakeLists.txt", { ...common, flags: flags.join(";") }),
  };
}

/** Headers that the rendered C needs, by what it mentions. */
function includesOf(code: string): string[] {
  return [
    ...(/\bmem(cpy|set|move)\b/.test(code) ? ["#include <string.h>"] : []),
    ...(/\b(u?int(8|16|32|64)x\d+_t|float32x\d_t)\b/.test(code) ? [simdInclude] : []),
  ];
}

const simdInclude = `#if defined(__ARM_FEATURE_MVE)
#include <arm_mve.h>
#else
#include <arm_neon.h>
#endif`;

function portView(port: CPort, NAME: string) {
  const macro = `${NAME}_${port.identifier.toUpperCase()}`;
  const { c, bytes } = dtypeInfo[port.dtype];
  return {
    tensor: printable(port.onnx.name),
    identifier: port.identifier,
    macro,
    ctype: c,
    length: numel(port.shape),
    bytes: numel(port.shape) * bytes,
    description: describePort(port),
    scale: port.onnx.quantize ? floatLiteral(port.onnx.quantize.scale) : "",
    zeroPoint: port.onnx.quantize ? String(port.onnx.quantize.zeroPoint) : "",
    align: 4,
  };
}

function describePort(port: CPort): string {
  const { perm, quantize } = port.onnx;
  const layout = perm ? `, axes in the order ${perm.join(",")} of ONNX [${port.onnx.shape.join(",")}]` : "";
  const value = quantize ? "; value = (q - zero point) * scale" : "";
  return `${port.dtype}[${port.shape.join(",")}], row-major${layout}${value}`;
}
