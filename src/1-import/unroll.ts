import { tensor } from "../ir/tensor.js";
import { importNode } from "./import-node.js";
import { addConstant, type ImportState, reportAt, Scope } from "./import-state.js";
import { bodyOf, constantOf, countBody, type ImportBody, outputsOf } from "./inline.js";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "./model.js";

const hint = "run the loop a fixed number of times, over Python numbers, when exporting";

/** Imports a node that is not in the file, on behalf of one that is. */
function add(
  state: ImportState,
  node: OnnxNode,
  opType: string,
  inputs: readonly string[],
  attributes: readonly (readonly [string, OnnxAttribute])[] = [],
): string | undefined {
  const made: OnnxNode = {
    name: node.name,
    domain: "",
    opType,
    inputs,
    outputs: [`${node.outputs.find((name) => name) ?? node.opType}_${opType}`],
    attributes: new Map(attributes),
    broken: false,
  };
  return importNode(made, inputs, state)?.[0];
}

/** Puts the values of all steps side by side along a new axis, last step first if `reverse`. */
export function stack(
  state: ImportState,
  node: OnnxNode,
  steps: readonly string[],
  axis = 0,
  reverse = false,
): string | undefined {
  const rows = (reverse ? [...steps].reverse() : steps).map((name) => {
    const shape = state.values.get(name)?.shape;
    if (!shape) return undefined;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    const wider = tensor("int64", [shape.length + 1], shape.toSpliced(at, 0, 1));
    return add(state, node, "Reshape", [name, addConstant(state, `${name}_shape`, wider)]);
  });
  if (rows.includes(undefined)) return undefined;
  return add(state, node, "Concat", rows as string[], [["axis", axis]]);
}

/** A Loop whose number of steps and condition are known while compiling: its body, once for each step. */
export function unrollLoop(
  node: OnnxNode,
  [trips, condition, ...initial]: readonly string[],
  scope: Scope,
  state: ImportState,
  importBody: ImportBody,
): readonly string[] | undefined {
  const refuse = (message: string) => reportAt(state, node, "import/unsupported", `Loop: ${message}`, hint);
  const body = bodyOf(node, "body", state);
  if (!body) return undefined;
  const count = trips ? constantOf(state, trips) : undefined;
  if (trips && !count) return refuse("the number of steps is computed at run time; it must be constant");
  const limit = count ? Number(count[0]) : Infinity;
  let going: string | undefined = condition;
  let carried: readonly string[] = initial;
  const scans: string[][] = [];
  for (let step = 0; step < limit; step++) {
    const known = going ? constantOf(state, going) : undefined;
    if (going && !known) {
      return refuse("the condition to go on is computed at run time; it must be constant");
    }
    if (known && !known[0]) break;
    const number = addConstant(state, `${node.outputs[0]}_step`, tensor("int64", [], [step]));
    const yes = going || addConstant(state, `${node.outputs[0]}_go`, tensor("bool", [], [1]));
    const results = runBody(node, body, [number, yes, ...carried], scope, state, importBody);
    if (!results) return undefined;
    going = results[0];
    carried = results.slice(1, 1 + initial.length);
    results.slice(1 + initial.length).forEach((name, i) => {
      scans[i] = [...(scans[i] ?? []), name];
    });
  }
  if (scans.length === 0 && body.outputs.length > 1 + initial.length) {
    return refuse("it runs no step, so that the shapes of its outputs are unknown");
  }
  return together(
    carried,
    scans.map((steps) => stack(state, node, steps)),
  );
}

/** A Scan (opset 9 and later): its body, once for each position along the axes that it scans. */
export function unrollScan(
  node: OnnxNode,
  inputs: readonly string[],
  scope: Scope,
  state: ImportState,
  importBody: ImportBody,
): readonly string[] | undefined {
  const refuse = (message: string) => reportAt(state, node, "import/unsupported", `Scan: ${message}`, hint);
  const body = bodyOf(node, "body", state);
  if (!body) return undefined;
  const scanned = Number(node.attributes.get("num_scan_inputs") ?? 0);
  const states = inputs.length - scanned;
  if ((state.model.opsets.get("") ?? 0) < 9) return refuse("the form of opset 8 is not supported");
  if (!(scanned >= 1) || states < 0) return refuse(`num_scan_inputs is ${scanned}`);
  const list = (name: string, i: number): number =>
    (node.attributes.get(name) as readonly number[] | undefined)?.[i] ?? 0;
  const sources = inputs.slice(states).map((name, i) => {
    const { shape } = state.values.get(name)!;
    const axis = list("scan_input_axes", i);
    return { name, axis, length: shape.at(axis) ?? 0, reverse: list("scan_input_directions", i) === 1 };
  });
  const [{ length }] = sources;
  if (length === 0 || sources.some((source) => source.length !== length)) {
    return refuse(`it scans axes of ${sources.map((source) => source.length).join(", ")} elements`);
  }
  let carried = inputs.slice(0, states);
  const scans: string[][] = [];
  for (let step = 0; step < length; step++) {
    const slices = sources.map(({ name, axis, reverse }) => {
      const index = tensor("int64", [], [reverse ? length - 1 - step : step]);
      const at = addConstant(state, `${name}_step`, index);
      return add(state, node, "Gather", [name, at], [["axis", axis]]);
    });
    if (slices.includes(undefined)) return undefined;
    const results = runBody(node, body, [...carried, ...(slices as string[])], scope, state, importBody);
    if (!results) return undefined;
    carried = results.slice(0, states);
    results.slice(states).forEach((name, i) => {
      scans[i] = [...(scans[i] ?? []), name];
    });
  }
  return together(
    carried,
    scans.map((steps, i) =>
      stack(state, node, steps, list("scan_output_axes", i), list("scan_output_directions", i) === 1),
    ),
  );
}

const together = (
  carried: readonly string[],
  stacked: readonly (string | undefined)[],
): readonly string[] | undefined =>
  stacked.includes(undefined) ? undefined : [...carried, ...(stacked as string[])];

/** One step: the values of the body's outputs, given those of its inputs. */
function runBody(
  node: OnnxNode,
  body: OnnxGraph,
  inputs: readonly string[],
  scope: Scope,
  state: ImportState,
  importBody: ImportBody,
): readonly string[] | undefined {
  if (body.inputs.length !== inputs.length) {
    const message = `${node.opType}: the body has ${body.inputs.length} inputs, expected ${inputs.length}`;
    return reportAt(state, node, "import/invalid-node", message);
  }
  if (!countBody(node, state)) return undefined;
  const inner = new Scope(scope);
  body.inputs.forEach(({ name }, i) => {
    inner.define(name, inputs[i]);
  });
  importBody(body, inner, state);
  return outputsOf(body, inner, node, state);
}
