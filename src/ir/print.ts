import { type Graph, getValue, type Node, type Value } from "./graph.js";

/** The text of a graph, for `--dump-ir`: one line a node, constants by type and shape. Stable between runs. */
export function printGraph(graph: Graph): string {
  const lines = [`graph ${graph.name} (${graph.stage})`];
  for (const name of graph.inputs) lines.push(`  input  ${describe(getValue(graph, name))}`);
  for (const node of graph.nodes) lines.push(`  ${printNode(graph, node)}`);
  for (const name of graph.outputs) lines.push(`  output ${describe(getValue(graph, name))}`);
  return `${lines.join("\n")}\n`;
}

function printNode(graph: Graph, node: Node): string {
  const outputs = node.outputs.map((name) => (name ? describe(getValue(graph, name)) : "_")).join(", ");
  const inputs = node.inputs.map((name) => (name ? operand(getValue(graph, name)) : "_")).join(", ");
  const attrs = Object.entries(node.attrs)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${abbreviate(value)}`)
    .join(" ");
  return `${outputs} = ${node.op}(${inputs})${attrs ? ` {${attrs}}` : ""}`;
}

const describe = (v: Value): string => `%${v.name}: ${v.dtype}[${v.shape.join(",")}]`;

function operand(v: Value): string {
  if (!v.data) return `%${v.name}`;
  if (v.data.length === 1) return `${v.data[0]}:${v.dtype}`;
  return `const ${v.dtype}[${v.shape.join(",")}]`;
}

function abbreviate(value: unknown): string {
  const text = JSON.stringify(value, (_, v) =>
    ArrayBuffer.isView(v) ? `<${(v as Uint8Array).length} elements>` : v,
  );
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
