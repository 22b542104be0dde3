import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { Graph, Node } from "../ir/graph.js";
import { type Kernel, type NodeView, viewNode } from "../ops/kernel.js";
import type { Target } from "../target/target.js";
import { chooseForms, type Optimize } from "./choose-forms.js";
import { placeBuffers } from "./place-buffers.js";
import { reorder } from "./reorder.js";
import { type Selection, selectKernels } from "./select-kernel.js";
import { assignStorage, type StoragePlan } from "./storage.js";

/** A node with the kernel that will compute it. */
export interface Step {
  readonly node: Node;
  readonly view: NodeView;
  readonly selection: Selection;
}

/** The outcome of stage 4: what runs when, with which kernel, and where every tensor is. */
export interface Schedule {
  readonly graph: Graph<"kernel">;
  readonly target: Target;
  /** In execution order; views are not steps. */
  readonly steps: readonly Step[];
  readonly plan: StoragePlan;
  readonly arena: ArenaPlan;
}

export interface ArenaPlan {
  /** Byte offset of each buffer, by its id. */
  readonly offsets: readonly number[];
  readonly bytes: number;
  /** Of every offset and of the arena itself. */
  readonly alignment: number;
  /** No plan for this order can be smaller: the most bytes that are live at once, or more where a search has shown that. */
  readonly lowerBound: number;
  /** No smaller arena exists for this order of execution. */
  readonly provenOptimal: boolean;
  /** How the plan was found. */
  readonly method: string;
  /** The arena over time, as text. */
  readonly map: readonly string[];
}

/** The widest vector load of any ISA. */
const ALIGNMENT = 16;

/**
 * Stage 4: chooses a kernel for every node, the order of execution, and a place for every tensor. Reports all nodes that no kernel
 * takes, and throws.
 */
export function schedule(
  graph: Graph<"kernel">,
  target: Target,
  kernels: readonly Kernel[],
  diagnostics: Diagnostics,
  optimize?: Optimize,
): Schedule {
  const choices = selectKernels(graph, target, kernels, diagnostics);
  diagnostics.throwIfErrors();
  const selected = chooseForms(choices, optimize);
  const ordered = reorder(graph, selected, ALIGNMENT);
  const plan = assignStorage(
    ordered,
    ordered.nodes.map((node) => selected.get(node)),
  );
  const arena = placeBuffers(plan, ordered.nodes.length, ALIGNMENT);
  const steps = ordered.nodes.flatMap((node): Step[] => {
    const selection = selected.get(node);
    return selection ? [{ node, view: viewNode(ordered, node), selection }] : [];
  });
  return { graph: ordered, target, steps, plan, arena };
}
