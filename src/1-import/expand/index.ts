import { OpError } from "../../ops/op.js";
import { checkCounts, readAttributes } from "../import-node.js";
import { type ImportState, reportAt } from "../import-state.js";
import type { OnnxNode } from "../model.js";
import { attentionExpansions } from "./attention.js";
import { channelsLastExpansions } from "./channels-last.js";
import { embeddingExpansions } from "./embedding.js";
import { type Expansion, ExpansionBuilder, Reported } from "./expansion.js";
import { fusedExpansions } from "./fused.js";
import { layoutExpansions } from "./layout.js";
import { lossExpansions } from "./loss.js";
import { sampleExpansions } from "./sample.js";
import { scatterExpansions } from "./scatter.js";
import { standardExpansions } from "./standard.js";

/** Operators that are replaced by others while importing, by name. */
export const expansions: ReadonlyMap<string, Expansion> = new Map(
  [
    ...attentionExpansions,
    ...channelsLastExpansions,
    ...embeddingExpansions,
    ...fusedExpansions,
    ...layoutExpansions,
    ...lossExpansions,
    ...sampleExpansions,
    ...scatterExpansions,
    ...standardExpansions,
  ].map((expansion) => [expansion.name, expansion]),
);

/** The expansion of a node's operator, if it has one that applies. */
export function findExpansion({ domain, opType, attributes }: OnnxNode): Expansion | undefined {
  const expansion = expansions.get(domain ? `${domain}.${opType}` : opType);
  return expansion?.onlyWith && !attributes.get(expansion.onlyWith) ? undefined : expansion;
}

/** As `importNode`: the values in the place of a node's outputs, or undefined after reporting why not. */
export function expand(
  expansion: Expansion,
  node: OnnxNode,
  inputs: readonly string[],
  state: ImportState,
): readonly string[] | undefined {
  try {
    checkCounts(expansion, inputs.length, node.outputs.length);
    const attrs = readAttributes(expansion, Object.fromEntries(node.attributes));
    const opset = state.model.opsets.get("") ?? 0;
    const [oldest, newest] = expansion.opsets ?? [0, Number.POSITIVE_INFINITY];
    if (opset < oldest || opset > newest) {
      throw new OpError(
        `opset ${opset} is not supported; ${oldest} to ${newest} are`,
        undefined,
        "unsupported",
      );
    }
    const results = expansion.expand(new ExpansionBuilder(node, state), inputs, attrs, node.outputs.length);
    return node.outputs.map((name, i) => (name ? results[i] : ""));
  } catch (error) {
    if (error instanceof Reported) return undefined;
    if (!(error instanceof OpError)) throw error;
    const code = error.kind === "unsupported" ? "import/unsupported" : "import/invalid-node";
    return reportAt(state, node, code, `${node.opType}: ${error.message}`, error.hint);
  }
}
