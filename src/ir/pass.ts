import type { Diagnostics } from "../diagnostics/diagnostic.js";
import type { Graph, Stage } from "./graph.js";

/** What a pass may use besides the graph. */
export interface PassContext {
  readonly diagnostics: Diagnostics;
}

/**
 * A step of the compiler. One to a file, which opens with a before -> after sketch. `run` must not
 * change its argument; where nothing applies it gives the same graph back.
 */
export interface Pass<From extends Stage = Stage, To extends Stage = From> {
  /** Verb first, as `--dump-ir after:<name>` takes it: `fold-constants`. */
  readonly name: string;
  readonly summary: string;
  run(graph: Graph<From>, context: PassContext): Graph<To>;
}
