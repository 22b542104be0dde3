import { broadcastShapes, type Shape } from "../../ir/tensor.js";
import { OpError } from "../op.js";

/**
 * An Einsum equation over given shapes. Labels are the equation's letters; the dimensions an ellipsis
 * stands for are labelled ".0", ".1" ... counted from the last one.
 */
export interface Equation {
  /** A label for each dimension of each operand. */
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
  /** Size of each label; operands may have 1 there instead, which broadcasts. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Reads the equation of ONNX Einsum, opset 12. Without `->` the output has the ellipsis and then, in
 * alphabetical order, the letters that occur once. A letter that occurs twice in one operand stands for
 * its diagonal.
 */
export function parseEquation(equation: string, shapes: readonly Shape[]): Equation {
  const [left, right, ...more] = equation.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || terms.length !== shapes.length) {
    throw new OpError(`equation "${equation}" does not fit ${shapes.length} operands`);
  }
  const sizes = new Map<string, number>();
  const operands = terms.map((term, i) => {
    const labels = labelsOf(term, shapes[i].length, equation);
    if (labels.length !== shapes[i].length) {
      throw new OpError(`equation "${equation}": "${term}" does not fit operand ${i}, [${shapes[i]}]`);
    }
    labels.forEach((label, axis) => {
      const before = shapes[i][labels.indexOf(label)];
      if (before !== shapes[i][axis]) {
        throw new OpError(
          `equation "${equation}": "${label}" is ${before} and ${shapes[i][axis]} in one operand`,
        );
      }
      const [size] = broadcastShapes([sizes.get(label) ?? 1], [shapes[i][axis]]) ?? [];
      if (size === undefined) {
        throw new OpError(`equation "${equation}": "${label}" is ${sizes.get(label)} and ${shapes[i][axis]}`);
      }
      sizes.set(label, size);
    });
    return labels;
  });
  const output = right === undefined ? implicitOutput(operands) : outputLabels(right, sizes, equation);
  return { operands, output, sizes };
}

/** Labels of a term for an operand of this rank; an ellipsis takes the dimensions the letters leave. */
function labelsOf(term: string, rank: number, equation: string): string[] {
  const parts = term.split("...");
  if (parts.length > 2 || !/^[a-zA-Z]*$/.test(parts.join(""))) {
    throw new OpError(`equation "${equation}": "${term}" must be letters and at most one "..."`);
  }
  if (parts.length === 1) return [...term];
  return [...parts[0], ...ellipsis(rank - parts.join("").length), ...parts[1]];
}

const ellipsis = (count: number): string[] =>
  Array.from({ length: Math.max(count, 0) }, (_, i) => `.${count - 1 - i}`);

function outputLabels(term: string, sizes: ReadonlyMap<string, number>, equation: string): string[] {
  const dots = [...sizes.keys()].filter((label) => label.startsWith(".")).length;
  const labels = labelsOf(term, term.replace("...", "").length + dots, equation);
  refuseRepeated(labels, term, equation);
  const unknown = labels.find((label) => !sizes.has(label));
  if (unknown) throw new OpError(`equation "${equation}": no operand has "${unknown}"`);
  return labels;
}

function implicitOutput(operands: readonly (readonly string[])[]): string[] {
  const all = operands.flat();
  const dots = new Set(all.filter((label) => label.startsWith(".")));
  const once = all.filter((label) => !dots.has(label) && all.indexOf(label) === all.lastIndexOf(label));
  return [...ellipsis(dots.size), ...once.sort()];
}

function refuseRepeated(labels: readonly string[], term: string, equation: string): void {
  const repeated = labels.find((label, i) => labels.indexOf(label) !== i);
  if (repeated === undefined) return;
  throw new OpError(`equation "${equation}": the output "${term}" has "${repeated}" twice`);
}
