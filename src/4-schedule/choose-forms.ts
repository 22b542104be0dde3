import type { Node } from "../ir/graph.js";
import type { Selection } from "./select-kernel.js";

/** What kernels are chosen for. */
export type Optimize = "speed" | "balanced" | "size";

/** Instructions the whole model may take more, as a share, for less code. */
const slack = { balanced: 0.02, size: 0.25 };

/** Bytes of a function whose kernel does not estimate them. */
const usualBytes = 800;

/**
 * A kernel for each node. For `speed` the cheapest; else nodes move to functions that others use too,
 * those first that save most bytes for each instruction they cost, while the model stays within its slack.
 *
 * @param choices the kernels that take a node, the cheapest first
 */
export function chooseForms(
  choices: ReadonlyMap<Node, readonly Selection[]>,
  optimize: Optimize = "balanced",
): Map<Node, Selection> {
  const speed = optimize === "speed";
  const chosen = new Map([...choices].map(([node, list]) => [node, speed ? list[0] : narrowOf(list)]));
  if (speed) return chosen;
  const total = [...chosen.values()].reduce((sum, { accepted }) => sum + accepted.cost, 0);
  const forms = new Set<string>();
  const candidates = [...choices.values()].flat();
  for (const { accepted } of candidates) if (accepted.form) forms.add(accepted.form);
  let budget = total * slack[optimize];
  for (;;) {
    const moves = [...forms].flatMap((form) => moveTo(form, choices, chosen, budget) ?? []);
    if (moves.length === 0) return chosen;
    const best = moves.reduce((a, b) => (b.bytes * (a.cost + 1) > a.bytes * (b.cost + 1) ? b : a));
    for (const [node, selection] of best.nodes) chosen.set(node, selection);
    budget -= best.cost;
  }
}

/** How much more a kernel may take for narrower weights. */
const narrowWorth = 1.5;

/** The cheapest, or one with narrower weights. */
function narrowOf([cheapest, ...others]: readonly Selection[]): Selection {
  const limit = cheapest.accepted.cost * narrowWorth;
  const narrow = others.find(({ accepted }) => accepted.narrow && accepted.cost <= limit);
  return cheapest.accepted.narrow ? cheapest : (narrow ?? cheapest);
}

/** Nodes that move to one function: bytes saved, instructions lost. */
interface Move {
  readonly nodes: readonly (readonly [Node, Selection])[];
  readonly bytes: number;
  readonly cost: number;
}

/** The most that moving to a function can save within a budget of instructions; undefined if nothing. */
function moveTo(
  form: string,
  choices: ReadonlyMap<Node, readonly Selection[]>,
  chosen: ReadonlyMap<Node, Selection>,
  budget: number,
): Move | undefined {
  const members = new Map<string, number>();
  for (const { accepted } of chosen.values()) {
    if (accepted.form) members.set(accepted.form, (members.get(accepted.form) ?? 0) + 1);
  }
  const candidates = [...choices].flatMap(([node, selections]) => {
    const now = chosen.get(node)!.accepted;
    const then = selections.find(({ accepted }) => accepted.form === form);
    if (!then || now.form === form || now.narrow) return [];
    // A function that others still use is not saved.
    const bytes = now.form && members.get(now.form)! > 1 ? 0 : bytesOf(now);
    return [{ node, then, bytes, cost: Math.max(then.accepted.cost - now.cost, 0) }];
  });
  candidates.sort((a, b) => b.bytes * (a.cost + 1) - a.bytes * (b.cost + 1));
  const nodes: [Node, Selection][] = [];
  const first = candidates[0]?.then.accepted;
  let bytes = members.has(form) || !first ? 0 : -bytesOf(first);
  let cost = 0;
  for (const candidate of candidates) {
    if (candidate.bytes === 0 || cost + candidate.cost > budget) continue;
    nodes.push([candidate.node, candidate.then]);
    bytes += candidate.bytes;
    cost += candidate.cost;
  }
  return bytes > 0 ? { nodes, bytes, cost } : undefined;
}

const bytesOf = (accepted: Selection["accepted"]): number => accepted.codeBytes ?? usualBytes;
