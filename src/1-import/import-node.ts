import { dtypeInfo } from "../ir/dtype.js";
import type { Value } from "../ir/graph.js";
import { numel } from "../ir/tensor.js";
import { type OpDefinition, OpError, type RawNode, type ValueInfo } from "../ops/op.js";
import { maxTensorBytes } from "./decode-tensor.js";
import { findDefinition } from "./find-definition.js";
import { fold } from "./fold.js";
import { typeHint } from "./hints.js";
import { addConstant, addNode, addValue, type ImportState, reportAt } from "./import-state.js";
import { describeNode, type OnnxNode } from "./model.js";
import { checkScales } from "./scales.js";

/**
 * Imports a node: newest form, attributes read, types and shapes inferred, folded if it can be.
 * `inputs` names the values it reads, "" where one is left out; it is undefined where an input could
 * not be imported, and then only the operator is checked.
 *
 * Gives the values that take the place of the node's outputs; undefined after reporting why not.
 */
export function importNode(
  node: OnnxNode,
  inputs: readonly string[] | undefined,
  state: ImportState,
): readonly string[] | undefined {
  const found = findDefinition(node, state);
  if (!found || node.broken) return undefined;
  if (!inputs) return checkUnreached(node, found.definition, state);
  const { definition, opset } = found;
  if (inputs.some((name) => state.sequences.has(name))) {
    return reportAt(state, node, "import/unsupported", `${node.opType}: one of its inputs is a sequence`);
  }
  const infos = inputs.map((name) => (name ? state.values.get(name) : undefined));
  let operands: readonly (ValueInfo | undefined)[] = infos;
  try {
    const raw: RawNode = { inputs: infos, attributes: Object.fromEntries(node.attributes) };
    const upgraded = definition.upgrade?.(raw, opset) ?? raw;
    operands = upgraded.inputs;
    checkCounts(definition, operands.length, node.outputs.length);
    const attrs = readAttributes(definition, upgraded.attributes);
    checkScales(definition.name, operands);
    const outputs = definition.infer(operands, attrs, node.outputs.length);
    checkSizes(outputs);
    if (isSameTypeCast(node, infos, outputs)) return [inputs[0]];

    const constants = fold(definition.name, operands, attrs, outputs, state);
    if (constants) return node.outputs.map((name, i) => (name ? addConstant(state, name, constants[i]) : ""));

    const origin = describeNode(node);
    const results = node.outputs.map((name, i) => {
      const { dtype, shape } = outputs[i];
      return name ? addValue(state, name, { dtype, shape }) : "";
    });
    const names = operands.map((operand, i) => {
      if (!operand) return "";
      const index = infos.indexOf(operand as Value);
      if (index >= 0) return inputs[index];
      // What an older form had as an attribute.
      return addConstant(state, `${origin}_input${i}`, { ...operand, data: operand.data! });
    });
    addNode(state, { name: origin, op: definition.name, inputs: names, outputs: results, attrs });
    return results;
  } catch (error) {
    if (!(error instanceof OpError))
      throw new Error(`at node "${describeNode(node)}": ${(error as Error).message}`, { cause: error });
    const code = error.kind === "unsupported" ? "import/unsupported" : "import/invalid-node";
    const message = `${node.opType}${describeTypes(operands)}: ${error.message}`;
    reportAt(state, node, code, message, hintOf(error, operands));
    return undefined;
  }
}

const hintOf = ({ hint, kind, message }: OpError, operands: readonly (ValueInfo | undefined)[]) =>
  hint ?? (kind === "unsupported" ? typeHint(message, operands) : undefined);

/** What can be said of a node whose operands are not known: whether it has attributes that nobody knows. */
function checkUnreached(node: OnnxNode, definition: OpDefinition, state: ImportState): undefined {
  // Old forms may have attributes that only `upgrade` knows, which needs operands.
  if (definition.upgrade) return;
  try {
    readAttributes(definition, Object.fromEntries(node.attributes));
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    const code = error.kind === "unsupported" ? "import/unsupported" : "import/invalid-node";
    reportAt(state, node, code, `${node.opType}: ${error.message}`, error.hint);
  }
}

/** Throws `OpError` where a node has more or fewer inputs or outputs than its operator may have. */
export function checkCounts(
  definition: Pick<OpDefinition, "inputs" | "outputs">,
  inputs: number,
  outputs: number,
): void {
  const check = (what: string, count: number, [least, most]: readonly [number, number]) => {
    if (count >= least && count <= most) return;
    const range = least === most ? `${least}` : `${least} to ${most === Infinity ? "any number" : most}`;
    throw new OpError(`has ${count} ${what}, expected ${range}`);
  };
  check("inputs", inputs, definition.inputs);
  check("outputs", outputs, definition.outputs ?? [1, 1]);
}

/** Reads all attributes; throws `OpError` where one is wrong or not known. */
export function readAttributes(
  definition: Pick<OpDefinition, "attributes">,
  attributes: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  for (const [name, value] of Object.entries(attributes)) {
    if (!Object.hasOwn(definition.attributes, name)) {
      const known = Object.keys(definition.attributes).join(", ") || "none";
      throw new OpError(
        `attribute "${name}" is not supported; supported: ${known}`,
        `export without "${name}", or, if it has its default value, remove it from the node`,
        "unsupported",
      );
    }
    const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
    if (kind)
      throw new OpError(`attribute "${name}" has a type that is not supported`, undefined, "unsupported");
  }
  return Object.fromEntries(
    Object.entries(definition.attributes).map(([name, read]) => [name, read(attributes[name], name)]),
  );
}

function checkSizes(outputs: readonly ValueInfo[]): void {
  const large = outputs.find((o) => numel(o.shape) * dtypeInfo[o.dtype].bytes > maxTensorBytes);
  if (large) throw new OpError(`the output of shape [${large.shape.join(",")}] takes more than 2 GB`);
}

/** Exporters cast to be sure; float16 constants are float32 here, so casting those changes nothing, too. */
const isSameTypeCast = (
  { opType }: OnnxNode,
  inputs: readonly (ValueInfo | undefined)[],
  outputs: readonly ValueInfo[],
): boolean => (opType === "Cast" || opType === "CastLike") && inputs[0]?.dtype === outputs[0].dtype;

const describeTypes = (operands: readonly (ValueInfo | undefined)[]): string =>
  `(${operands.map((v) => (v ? `${v.dtype}[${v.shape.join(",")}]` : "none")).join(", ")})`;
