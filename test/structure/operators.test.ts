import { expect, it } from "vitest";
import { expansions } from "../../src/1-import/expand/index.js";
import { kernels, legalizers, opRegistry, references } from "../../src/ops/registry.js";

/** Operators that computation is not made of: they are gone after importing. */
const structure =
  "Constant, Identity, Dropout, If, Loop, Scan, SequenceAt, SequenceConstruct, SequenceEmpty, SequenceErase, SequenceInsert, SequenceLength, SplitToSequence, ConcatFromSequence";

/** How an operator gets to C: kernels of its own, or kernel-stage operators in its place. */
function compiled(name: string): string {
  const isas = [
    ...new Set(kernels.filter((kernel) => kernel.ops.includes(name)).map((kernel) => kernel.isa)),
  ];
  if (isas.length > 0) return `kernels: ${isas.join(", ")}`;
  if (expansions.has(name)) return "other ONNX operators, while importing";
  return legalizers.has(name) ? "through other operators" : "while compiling only";
}

it("src/ops/OPERATORS.md lists every operator", async () => {
  const computed = [...opRegistry.values()].filter((op) => references.has(op.name));
  const rows = [...computed, ...expansions.values()]
    .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
    .map((op) => {
      const opsets = op.opsets ? `${op.opsets[0]} to ${op.opsets[1]}` : "";
      const attributes = Object.keys(op.attributes).sort().join(", ");
      const inputs =
        op.inputs[1] === Number.POSITIVE_INFINITY
          ? `${op.inputs[0]} or more`
          : [...new Set(op.inputs)].join(" to ");
      return `| ${op.name} | ${opsets} | ${inputs} | ${attributes} | ${compiled(op.name)} |`;
    });
  const text = `# Operators

Generated from the operator definitions by \`npm run update\`; a test checks that it is current. \`com.microsoft.\` and
\`vcgen.\` name the domain; \`vcgen.\` operators exist only inside the compiler. Any other attribute is refused.

Folded, unrolled or inlined while importing, where they do not depend on data: local functions, ${structure}.

| operator | opsets | inputs | attributes | compiled by |
|---|---|---|---|---|
${rows.join("\n")}
`;
  await expect(text).toMatchFileSnapshot("../../src/ops/OPERATORS.md");
});
