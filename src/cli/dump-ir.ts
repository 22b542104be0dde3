import { UsageError } from "../diagnostics/diagnostic.js";
import { printGraph } from "../ir/print.js";
import type { PassObserver } from "../ir/run-passes.js";
import type { Terminal } from "./terminal.js";

/** The observer for `--dump-ir after:<pass>` or `--dump-ir all`. */
export function dumper(when: string | undefined, terminal: Terminal): PassObserver | undefined {
  if (when === undefined) return undefined;
  const wanted = when === "all" ? undefined : /^after:(.+)$/.exec(when)?.[1];
  if (when !== "all" && !wanted)
    throw new UsageError(`--dump-ir ${when}`, "write --dump-ir after:<pass> or --dump-ir all");
  return (pass, graph) => {
    if (!wanted || wanted === pass) terminal.note(`-- after ${pass}\n${printGraph(graph)}`);
  };
}
