import type { Attributes } from "../../src/ir/graph.js";
import type { Tensor } from "../../src/ir/tensor.js";
import { isRefused } from "../../src/ops/kernel.js";
import type { LegalizeBuilder } from "../../src/ops/legalize.js";
import { OpError, type ValueInfo } from "../../src/ops/op.js";
import { hostTarget, type KernelCase, viewOf } from "./kernel-harness.js";
import type { Family, Prepared } from "./node-case.js";

interface PlannedNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Attributes;
}

/** The kernel-stage nodes of one legalized node, run one after the other. */
export class Run {
  readonly #infos = new Map<string, ValueInfo>();
  readonly #values = new Map<string, Tensor>();
  readonly #constants = new Set<string>();
  readonly #nodes: PlannedNode[] = [];
  readonly #outputs: readonly string[];
  #step = 0;

  constructor(
    readonly all: Family,
    readonly prepared: Prepared,
  ) {
    const view = viewOf({ ...prepared, inputs: prepared.operands });
    view.node.inputs.forEach((name, i) => {
      if (!name) return;
      this.#infos.set(name, view.inputs[i]!);
      this.#values.set(name, prepared.operands[i]!);
      if (prepared.constants.includes(i)) this.#constants.add(name);
    });
    view.node.outputs.forEach((name, i) => {
      this.#infos.set(name, prepared.outputs[i]);
    });
    const legalized = all.legalizers[prepared.op]?.(view, this.#builder());
    if (!legalized) this.#nodes.push(view.node);
    this.#outputs = legalized ?? view.node.outputs;
  }

  #builder(): LegalizeBuilder {
    return {
      node: (op, inputs, output, attrs) => this.#add(op, inputs, [output], attrs)[0],
      nodes: (op, inputs, outputs, attrs) => this.#add(op, inputs, outputs, attrs),
      constant: (base, value) => {
        const name = `${base}${this.#infos.size}`;
        this.#infos.set(name, value);
        this.#values.set(name, value);
        this.#constants.add(name);
        return name;
      },
      refuse: (message) => {
        throw new OpError(message, undefined, "unsupported");
      },
    };
  }

  #add(
    op: string,
    inputs: readonly string[],
    infos: readonly (ValueInfo | undefined)[],
    attrs: Attributes = {},
  ): string[] {
    const outputs = infos.map((info) => {
      if (!info) return "";
      const name = `v${this.#infos.size}`;
      this.#infos.set(name, info);
      return name;
    });
    this.#nodes.push({ op, inputs, outputs, attrs });
    return outputs;
  }

  next(): KernelCase | undefined {
    for (; this.#step < this.#nodes.length; this.#step++) {
      const node = this.#nodes[this.#step];
      if (node.op !== "vcgen.View") return this.#kernelCase(node);
      const { shape } = this.#infos.get(node.outputs[0])!;
      this.#values.set(node.outputs[0], { ...this.#values.get(node.inputs[0])!, shape });
    }
    return undefined;
  }

  #kernelCase({ op, inputs, outputs, attrs }: PlannedNode): KernelCase {
    const common = {
      op,
      attrs,
      inputs: inputs.map((name) => (name ? this.#values.get(name)! : undefined)),
      constants: inputs.flatMap((name, i) => (this.#constants.has(name) ? [i] : [])),
      outputs: outputs.map((name) => (name ? this.#infos.get(name)! : undefined)),
    };
    const refusals: string[] = [];
    for (const kernel of this.all.kernels) {
      if (!kernel.ops.includes(op)) continue;
      const answer = kernel.accept(viewOf(common), hostTarget);
      if (!isRefused(answer)) return { ...common, kernel };
      refusals.push(answer.refused);
    }
    throw new Error(`no kernel for ${op}: ${refusals.join("; ")}`);
  }

  finish(outputs: readonly Tensor[]): void {
    const node = this.#nodes[this.#step++];
    node.outputs
      .filter((name) => name)
      .forEach((name, i) => {
        this.#values.set(name, outputs[i]);
      });
  }

  results(): Tensor[] {
    return this.#outputs.map((name) => this.#values.get(name)!);
  }
}
