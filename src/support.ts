import type { ImportedNode } from "./1-import/index.js";
import type { Examined } from "./compile.js";
import type { Diagnostic } from "./diagnostics/diagnostic.js";
import { type Graph, getValue, type Node } from "./ir/graph.js";

/**
 * How nodes are computed. A node that several kernels share is counted under the first of these that applies;
 * `folded away`: into a constant, or into the kernel of another node.
 */
export const ways = [
  "refused",
  "float C",
  "integer kernel",
  "table",
  "data movement",
  "no code",
  "folded away",
  "not looked at",
] as const;

export type Way = (typeof ways)[number];

/** One kind of operator in a model: a line of the table that `inspect` prints. */
export interface OperatorSupport {
  /** `ai.onnx` for the standard operators. */
  readonly domain: string;
  readonly operator: string;
  /** The opset of its domain that the model imports. */
  readonly opset?: number;
  readonly count: number;
  readonly computed: Readonly<Partial<Record<Way, number>>>;
  readonly refused: readonly Diagnostic[];
}

/** The support table of a model; `examined` is absent where later stages could not look at it. */
export function supportTable(
  nodes: readonly ImportedNode[],
  examined: Examined | undefined,
  diagnostics: readonly Diagnostic[],
): OperatorSupport[] {
  const found = examined ? waysByOrigin(examined) : undefined;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const reasons = new Map(errors.map((error) => [error.origin, error]));
  const kinds = new Map<string, { node: ImportedNode; ways: Way[]; refused: Diagnostic[] }>();
  for (const node of nodes) {
    const key = `${node.domain || "ai.onnx"}.${node.opType}`;
    const kind = kinds.get(key) ?? { node, ways: [], refused: [] };
    kinds.set(key, kind);
    const reason = node.became === "folded" ? undefined : reasons.get(node.origin ?? node.name);
    if (reason) kind.refused.push(reason);
    kind.ways.push(reason ? "refused" : wayOf(node, found));
  }
  return [...kinds]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { node, ways: all, refused }]) => ({
      domain: node.domain || "ai.onnx",
      operator: node.opType,
      ...(node.opset !== undefined && { opset: node.opset }),
      count: all.length,
      computed: Object.fromEntries(
        ways.flatMap((way) => (all.includes(way) ? [[way, all.filter((w) => w === way).length]] : [])),
      ),
      refused,
    }));
}

function wayOf({ became, origin }: ImportedNode, found: ReadonlyMap<string, Way> | undefined): Way {
  if (became === "folded") return "folded away";
  if (became !== "kept" || !found) return became === "refused" ? "refused" : "not looked at";
  return found.get(origin!) ?? "folded away";
}

function waysByOrigin({ graph, selected }: Examined): Map<string, Way> {
  const found = new Map<string, Way>();
  for (const node of graph.nodes) {
    const way = selected.has(node) ? wayOfNode(graph, node) : "no code";
    for (const origin of node.origin) {
      const known = found.get(origin);
      if (!known || ways.indexOf(way) < ways.indexOf(known)) found.set(origin, way);
    }
  }
  return found;
}

const movements = new Set(["vcgen.Copy", "vcgen.Duplicate", "vcgen.Take", "Transpose"]);

function wayOfNode(graph: Graph<"kernel">, node: Node): Way {
  if (node.op === "vcgen.Lookup") return "table";
  if (movements.has(node.op)) return "data movement";
  const operands = [...node.inputs, ...node.outputs].filter((name) => name);
  const types = operands.map((name) => getValue(graph, name)).flatMap((v) => (v.data ? [] : [v.dtype]));
  // The steps of a Map.
  const steps = (node.attrs.steps ?? []) as readonly { readonly dtype?: string }[];
  return [...types, ...steps.map((step) => step.dtype)].some((type) => type?.startsWith("float"))
    ? "float C"
    : "integer kernel";
}
