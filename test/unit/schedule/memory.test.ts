import { describe, expect, it } from "vitest";
import { copiesToViews } from "../../../src/3-legalize/copies-to-views.js";
import { separateOutputs } from "../../../src/3-legalize/separate-outputs.js";
import { type Schedule, schedule } from "../../../src/4-schedule/schedule.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import { prune } from "../../../src/ir/editor.js";
import type { Graph, Node, Value } from "../../../src/ir/graph.js";
import type { Shape } from "../../../src/ir/tensor.js";
import type { CopyAttributes, Piece } from "../../../src/ops/copy/op.js";
import { kernels as copyKernels } from "../../../src/ops/copy/scalar.js";
import type { Kernel } from "../../../src/ops/kernel.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../../ops/random.js";
import { contents, runInMemory } from "./memory-run.js";

/** Takes any `test.Compute`; may work in place and ask for scratch as its attributes say. */
const compute: Kernel = {
  name: "compute",
  isa: "scalar",
  ops: ["test.Compute"],
  accept: ({ attrs, inputs, outputs }) => ({
    cost: 1,
    reason: "",
    ...(attrs.lag === undefined
      ? {}
      : {
          overlap: {
            input: 0,
            distance: distanceOf(inputs[0]!.shape, outputs[0]!.shape, attrs.lag as number),
          },
        }),
    inPlace: attrs.inPlace as number[],
    scratch: attrs.scratch as number,
    lower: () => {
      throw new Error("not lowered");
    },
  }),
};

/** For a kernel that writes row r after it has read input rows from r - lag on for the last time. */
function distanceOf([inputRows]: Shape, [rows, width]: Shape, lag: number): number {
  const reading = Array.from({ length: rows }, (_, row) => row).filter((row) => row - lag < inputRows);
  return width * Math.max(0, ...reading.map((row) => row + 1 - Math.max(0, row - lag)));
}

const target = loadTarget("host");
const context = { diagnostics: new Diagnostics() };

/** Makes graphs of int8 matrices with rows of `width`. */
class Builder {
  readonly values = new Map<string, Value>();
  readonly nodes: Node[] = [];
  readonly rows = new Map<string, number>();

  constructor(readonly width: number) {}

  value(rows: number): string {
    const name = `v${this.values.size}`;
    this.values.set(name, { name, dtype: "int8", shape: [rows, this.width] });
    this.rows.set(name, rows);
    return name;
  }

  node(op: string, inputs: readonly string[], rows: number, attrs: Node["attrs"] = {}): string {
    const output = this.value(rows);
    this.nodes.push({ name: `n${this.nodes.length}`, op, inputs, outputs: [output], attrs, origin: [] });
    return output;
  }

  compute(inputs: readonly string[], rows: number, inPlace: readonly number[] = [], scratch = 0): string {
    return this.node("test.Compute", inputs, rows, { inPlace, scratch });
  }

  piece(input: number, from: number, count: number, to: number): Piece {
    return { input, count: [count, this.width], from: [from, 0], step: [1, 1], to: [to, 0] };
  }

  copy(inputs: readonly string[], rows: number, pieces: readonly Piece[], fill?: number): string {
    const attrs: CopyAttributes = {
      shape: [rows, this.width],
      pieces,
      ...(fill === undefined ? {} : { fill }),
    };
    return this.node("vcgen.Copy", inputs, rows, attrs);
  }

  slice(x: string, from: number, count: number): string {
    return this.copy([x], count, [this.piece(0, from, count, 0)]);
  }

  concat(...inputs: readonly string[]): string {
    let at = 0;
    const pieces = inputs.map((x, i) => {
      const piece = this.piece(i, 0, this.rows.get(x)!, at);
      at += piece.count[0];
      return piece;
    });
    return this.copy(inputs, at, pieces);
  }

  graph(inputs: readonly string[], outputs: readonly string[]): Graph<"kernel"> {
    return prune({ stage: "kernel", name: "g", inputs, outputs, values: this.values, nodes: this.nodes });
  }
}

/** The schedule of a graph after the passes, which has to give what the graph as it was gives. */
function checked(graph: Graph<"kernel">): Schedule {
  const legal = copiesToViews.run(separateOutputs.run(graph, context), context);
  const diagnostics = new Diagnostics();
  const result = schedule(legal, target, [compute, ...copyKernels], diagnostics);
  expect(runInMemory(result, contents(separateOutputs.run(graph, context)))).toBeUndefined();
  return result;
}

const ops = ({ steps }: Schedule): string[] => steps.map(({ node }) => node.op.replace(/^.*\./, ""));

describe("memory shared by slices and joins", () => {
  it("a slice is where it is in its source, and keeps only its own rows alive", () => {
    const b = new Builder(4);
    const x = b.value(1);
    const big = b.compute([x], 100);
    const tail = b.compute([b.slice(big, 90, 10)], 90);
    const result = checked(b.graph([x], [b.compute([tail], 1)]));
    expect(ops(result)).toEqual(["Compute", "Compute", "Compute"]);
    // The 360 bytes of `tail` lie in what the slice leaves of the 400 bytes before it.
    expect(result.arena.bytes).toBe(400);
  });

  it("parts of a concatenation are computed in their places, other operands are copied there", () => {
    const b = new Builder(4);
    const x = b.value(3);
    const [p, q] = [b.compute([x], 5), b.compute([x], 6)];
    const result = checked(b.graph([x], [b.compute([b.concat(p, x, q, p)], 1)]));
    expect(ops(result).sort()).toEqual(["Compute", "Compute", "Compute", "Copy", "Copy"]);
    expect(result.arena.bytes).toBe(80);
  });

  it("an output of the graph is concatenated in the caller's memory, and a slice for the caller is copied", () => {
    const b = new Builder(4);
    const x = b.value(8);
    const joined = b.concat(b.compute([x], 2), b.compute([x], 3));
    const result = checked(b.graph([x], [joined, b.slice(x, 2, 4)]));
    expect(ops(result).sort()).toEqual(["Compute", "Compute", "Copy"]);
    expect(result.arena.bytes).toBe(0);
  });

  it("a constant pad is a part that is filled", () => {
    const b = new Builder(4);
    const x = b.value(8);
    const padded = b.copy([b.compute([x], 6), x], 9, [b.piece(0, 0, 6, 2)], 1);
    const result = checked(b.graph([x], [b.compute([padded], 1)]));
    expect(ops(result).sort()).toEqual(["Compute", "Compute", "Copy", "Copy"]);
  });

  it("nothing is shared at offsets within a word", () => {
    const b = new Builder(3);
    const x = b.value(8);
    const [p, q] = [b.compute([x], 5), b.compute([x], 6)];
    const joined = b.compute([b.slice(b.compute([x], 8), 1, 5)], 1);
    expect(ops(checked(b.graph([x], [joined])))).toContain("Copy");
    expect(ops(checked(b.graph([x], [b.compute([b.concat(p, q)], 1)])))).toContain("Copy");
  });

  it("a kernel's output reaches into an input that dies, and into no other", () => {
    const b = new Builder(4);
    const x = b.value(8);
    const rows = (input: string) => b.node("test.Compute", [input], 100, { inPlace: [], scratch: 0, lag: 3 });
    const first = rows(x);
    const second = rows(first);
    const third = rows(second);
    expect(checked(b.graph([x], [b.compute([third], 1)])).arena.bytes).toBe(400 + 2 * 16);
    expect(checked(b.graph([x], [b.compute([third, second], 1)])).arena.bytes).toBe(800);
  });

  it("a kernel does not overwrite what a slice or its source still needs", () => {
    const b = new Builder(4);
    const x = b.value(8);
    const source = b.compute([x], 8);
    const [low, high] = [b.slice(source, 0, 6), b.slice(source, 2, 6)];
    const changed = b.compute([low], 6, [0]);
    const other = b.compute([high, changed], 6, [0, 1]);
    checked(b.graph([x], [b.compute([other, changed], 1)]));
  });
});

/** A random graph of computations, slices, concatenations, pads and views. */
function randomGraph(random: Random): Graph<"kernel"> {
  const b = new Builder(random.pick([4, 4, 8, 3]));
  const inputs = [b.value(random.int(1, 8)), b.value(random.int(1, 8))];
  const known = [...inputs];
  const recent = () => known[Math.max(0, known.length - 1 - Math.floor(random.next() ** 2 * known.length))];
  const count = random.int(4, 22);
  for (let i = 0; i < count; i++) {
    const x = recent();
    const rows = b.rows.get(x)!;
    const kind = random.next();
    if (kind < 0.25)
      known.push(b.compute([x], random.int(1, rows), random.pick([[], [0], [0]]), random.pick([0, 20])));
    else if (kind < 0.4) {
      const same = known.filter((name) => b.rows.get(name) === rows);
      known.push(b.compute([x, random.pick(same)], rows, random.pick([[], [0, 1], [1]])));
    } else if (kind < 0.5) {
      const attrs = { inPlace: [], scratch: random.pick([0, 20]), lag: random.int(0, 3) };
      known.push(b.node("test.Compute", [x], random.int(1, 12), attrs));
    } else if (kind < 0.7) {
      const from = random.int(0, rows - 1);
      known.push(b.slice(x, from, random.int(1, rows - from)));
    } else if (kind < 0.9) {
      known.push(
        b.concat(...Array.from({ length: random.int(2, 4) }, () => (random.next() < 0.3 ? x : recent()))),
      );
    } else if (kind < 0.95) {
      const [begin, end] = [random.int(0, 2), random.int(0, 2)];
      known.push(b.copy([x, inputs[0]], begin + rows + end, [b.piece(0, 0, rows, begin)], 1));
    } else known.push(b.node("vcgen.View", [x], rows));
  }
  return b.graph(inputs, [...new Set([known[known.length - 1], random.pick(known.slice(2)), recent()])]);
}

it("random graphs: every kernel reads what it should", () => {
  const random = new Random(11);
  let shared = 0;
  for (let i = 0; i < 700; i++) {
    const result = checked(randomGraph(random));
    shared += result.graph.nodes.filter(
      ({ op, attrs }) => op === "vcgen.Join" || Number(attrs.offset) > 0,
    ).length;
  }
  expect(shared).toBeGreaterThan(700);
});
