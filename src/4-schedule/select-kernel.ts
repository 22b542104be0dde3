import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { Graph, Node } from "../ir/graph.js";
import { type Accepted, isRefused, type Kernel, viewNode } from "../ops/kernel.js";
import { isView } from "../ops/view/op.js";
import type { Target } from "../target/target.js";

/** A kernel's answer for a node, kept for `inspect`. */
export interface Candidate {
  readonly kernel: string;
  readonly isa: string;
  /** Estimated instructions, or why the kernel can not take the node. */
  readonly cost?: number;
  readonly refused?: string;
}

export interface Selection {
  readonly kernel: Kernel;
  readonly accepted: Accepted;
  readonly candidates: readonly Candidate[];
}

/** The kernels for every node but views, the cheapest first. Reports all nodes that no kernel takes. */
export function selectKernels(
  graph: Graph<"kernel">,
  target: Target,
  kernels: readonly Kernel[],
  diagnostics: Diagnostics,
): Map<Node, readonly Selection[]> {
  const selected = new Map<Node, readonly Selection[]>();
  for (const node of graph.nodes) {
    if (isView(node)) continue;
    const accepting = acceptingKernels(graph, node, target, kernels, diagnostics);
    if (accepting.length > 0) selected.set(node, accepting);
  }
  return selected;
}

/**
 * The kernels of the target's ISAs that take the node, the cheapest first; of equally cheap ones that of
 * the better ISA. A diagnostic if there is none.
 */
function acceptingKernels(
  graph: Graph<"kernel">,
  node: Node,
  target: Target,
  kernels: readonly Kernel[],
  diagnostics: Diagnostics,
): readonly Selection[] {
  const view = viewNode(graph, node);
  const candidates: Candidate[] = [];
  const accepting: Selection[] = [];
  for (const isa of target.isas) {
    for (const kernel of kernels) {
      if (kernel.isa !== isa || !kernel.ops.includes(node.op)) continue;
      const answer = kernel.accept(view, target);
      if (isRefused(answer)) {
        candidates.push({ kernel: kernel.name, isa, refused: answer.refused });
        continue;
      }
      candidates.push({ kernel: kernel.name, isa, cost: answer.cost });
      accepting.push({ kernel, accepted: answer, candidates });
    }
  }
  if (accepting.length === 0) {
    const why = candidates.map((c) => `${c.kernel}: ${c.refused}`).join("; ");
    diagnostics.error(
      "schedule/no-kernel",
      `no C kernel computes this${why ? ` (${why})` : ` (${node.op})`}`,
      {
        origin: node.origin[0] ?? node.name,
        hint: [...view.inputs, ...view.outputs].some((info) => info?.dtype === "float64")
          ? "export the model in float32: model.float() before the export"
          : undefined,
      },
    );
  }
  return accepting.sort((a, b) => a.accepted.cost - b.accepted.cost);
}
