import type { Schedule, Step } from "../4-schedule/schedule.js";
import type { Storage } from "../4-schedule/storage.js";
import { type DType, dtypeInfo } from "../ir/dtype.js";
import { type Graph, getValue, type Port, portsOf } from "../ir/graph.js";
import type { KernelCode, KernelParameter } from "../ops/kernel.js";
import { countMacs } from "../ops/macs.js";
import { describeStep } from "./comment.js";
import { ConstantPool } from "./constants.js";
import { IdentifierPool, toIdentifier } from "./identifiers.js";
import type { CFunction, CPort, CProgram, CStep } from "./program.js";

/**
 * Turns a schedule into the C program: asks each kernel for its code, shares functions and tables that
 * come out the same, and resolves every operand to an address.
 */
export function lower(schedule: Schedule, name: string): CProgram {
  const { graph } = schedule;
  const identifiers = new IdentifierPool();
  const ports = portsOf(graph);
  const inputs = graph.inputs.map((value, i) => portOf(graph, value, ports.inputs[i], identifiers));
  const outputs = graph.outputs.map((value, i) => portOf(graph, value, ports.outputs[i], identifiers));
  const constants = new ConstantPool(name);
  const functions = new FunctionPool(name);
  const libraries = new Set<string>();

  const steps = schedule.steps.map((step, index): CStep => {
    const code = step.selection.accepted.lower();
    const resolver = new OperandResolver(schedule, step, inputs, outputs, constants);
    const call = (name: string, called: KernelCode) => {
      for (const library of called.uses ?? []) libraries.add(library);
      return {
        function: functions.claim(name, called, (p) => resolver.declaration(p)),
        arguments: called.parameters.map((parameter) => resolver.argument(parameter)),
      };
    };
    const { groups } = code;
    const decode = groups && call("decode", groups.decode);
    const kind = toIdentifier(step.node.op.replace(/^.*\./, ""));
    const macs = countMacs(step.view);
    return {
      index,
      identifier: `${name}_${String(index).padStart(2, "0")}_${kind}`,
      ...call(step.selection.kernel.name, code),
      ...(decode && {
        groups: { count: groups.count, decode: decode.function, arguments: decode.arguments },
      }),
      ...resolver.used(),
      comment: describeStep(schedule, step, index, macs),
      kernel: step.selection.kernel.name,
      macs,
    };
  });

  return {
    name,
    target: schedule.target.name,
    inputs,
    outputs,
    arenaBytes: schedule.arena.bytes,
    arenaAlignment: schedule.arena.alignment,
    constants: constants.list,
    functions: functions.list,
    steps,
    libraries: [...libraries],
    macs: steps.reduce((sum, step) => sum + step.macs, 0),
  };
}

function portOf(graph: Graph<"kernel">, value: string, onnx: Port, identifiers: IdentifierPool): CPort {
  const { dtype, shape } = getValue(graph, value);
  return { onnx, identifier: identifiers.claim(onnx.name), dtype, shape };
}

/** C functions by what they are rendered from: equal code is emitted once. */
class FunctionPool {
  readonly list: CFunction[] = [];
  readonly #byKey = new Map<string, string>();

  constructor(readonly prefix: string) {}

  claim(kernel: string, code: KernelCode, declare: (parameter: KernelParameter) => string): string {
    const parameters = code.parameters.map(declare);
    const key = JSON.stringify([code.template, code.values, parameters]);
    const known = this.#byKey.get(key);
    if (known) return known;
    const base = `${this.prefix}_k_${toIdentifier(kernel)}`;
    // A kernel's own name may end in a number: "map-4" beside the fourth function of "map".
    const taken = (name: string) => this.list.some(({ identifier }) => identifier === name);
    let identifier = base;
    for (let count = 2; taken(identifier); count++) identifier = `${base}_${count}`;
    this.#byKey.set(key, identifier);
    this.list.push({ identifier, template: code.template, values: code.values, parameters });
    return identifier;
  }
}

/** Turns a kernel's parameters into C: declarations for the function, addresses for the call. */
class OperandResolver {
  #arena = false;
  readonly #ports = new Map<string, { declaration: string; argument: string }>();

  constructor(
    readonly schedule: Schedule,
    readonly step: Step,
    readonly inputs: readonly CPort[],
    readonly outputs: readonly CPort[],
    readonly constants: ConstantPool,
  ) {}

  declaration(parameter: KernelParameter): string {
    switch (parameter.kind) {
      case "input":
        return `const ${parameter.as ?? this.#ctype(this.step.node.inputs[parameter.index])} *${parameter.name}`;
      case "output":
        return `${parameter.as ?? this.#ctype(this.step.node.outputs[parameter.index])} *${parameter.name}`;
      case "scratch":
        return `${parameter.ctype} *${parameter.name}`;
      case "constant":
        return `const ${dtypeInfo[parameter.dtype].c} *${parameter.name}`;
      case "scalar":
        return `${parameter.ctype} ${parameter.name}`;
    }
  }

  argument(parameter: KernelParameter): string {
    const first = this.#first(parameter);
    return "step" in parameter && parameter.step ? `${first} + group * ${parameter.step}` : first;
  }

  #first(parameter: KernelParameter): string {
    switch (parameter.kind) {
      case "input":
        return this.#address(
          this.step.node.inputs[parameter.index],
          `const ${parameter.as ?? ""}`,
          parameter.as,
        );
      case "output":
        return this.#address(this.step.node.outputs[parameter.index], "", parameter.as);
      case "scratch": {
        const buffer = this.schedule.plan.scratch.get(this.step.node.name);
        if (buffer === undefined)
          throw new Error(`${this.step.selection.kernel.name} uses scratch it did not ask for`);
        this.#arena = true;
        return arenaAddress(parameter.ctype, this.schedule.arena.offsets[buffer] + (parameter.offset ?? 0));
      }
      case "constant":
        return this.constants.claim(parameter);
      case "scalar":
        return parameter.value;
    }
  }

  /** What the step's own function takes, and what the run function passes. */
  used(): { parameters: string[]; callArguments: string[] } {
    const ports = [...this.#ports.values()];
    return {
      parameters: [...(this.#arena ? ["uint8_t *arena"] : []), ...ports.map((p) => p.declaration)],
      callArguments: [...(this.#arena ? ["ctx->arena"] : []), ...ports.map((p) => p.argument)],
    };
  }

  #ctype(name: string): string {
    return dtypeInfo[getValue(this.schedule.graph, name).dtype].c;
  }

  #address(name: string, constness: string, as: string | undefined): string {
    const storage = this.schedule.plan.storage.get(name);
    if (!storage) throw new Error(`no storage for ${name}`);
    const ctype = as ?? this.#ctype(name);
    if (storage.kind === "arena") {
      this.#arena = true;
      const offset = this.schedule.arena.offsets[storage.buffer];
      return arenaAddress(constness ? `const ${ctype}` : ctype, offset);
    }
    if (storage.kind === "constant") {
      const { dtype, data } = getValue(this.schedule.graph, storage.value);
      const identifier = this.constants.claim({ dtype, data: data!, what: `constant ${storage.value}` });
      const table = plusBytes(identifier, storage.offset, dtype);
      return ctype === dtypeInfo[dtype].c ? table : `(const ${ctype} *)${table}`;
    }
    const port = this.#port(storage);
    const pointer = plusBytes(port.identifier, storage.offset, port.dtype);
    return as || getValue(this.schedule.graph, name).dtype !== port.dtype
      ? `(${constness ? "const " : ""}${ctype} *)${pointer}`
      : pointer;
  }

  #port(storage: Extract<Storage, { kind: "input" | "output" }>): CPort {
    const port = storage.kind === "input" ? this.inputs[storage.index] : this.outputs[storage.index];
    const constness = storage.kind === "input" ? "const " : "";
    this.#ports.set(port.identifier, {
      declaration: `${constness}${dtypeInfo[port.dtype].c} *${port.identifier}`,
      argument: port.identifier,
    });
    return port;
  }
}

/** A pointer to elements moved by whole elements. */
const plusBytes = (pointer: string, bytes: number, dtype: DType): string =>
  bytes === 0 ? pointer : `(${pointer} + ${bytes / dtypeInfo[dtype].bytes})`;

const arenaAddress = (ctype: string, offset: number): string => `(${ctype} *)(void *)(arena + ${offset})`;
