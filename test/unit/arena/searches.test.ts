import { describe, expect, it } from "vitest";
import { findConflicts } from "../../../src/4-schedule/arena/conflicts.js";
import { searchLayout } from "../../../src/4-schedule/arena/layout-search.js";
import { divideIntoSections } from "../../../src/4-schedule/arena/lower-bound.js";
import { mergeAliases } from "../../../src/4-schedule/arena/merge-aliases.js";
import { preparePairSearch } from "../../../src/4-schedule/arena/pair-search.js";
import { smallestArena, violations } from "./check-plan.js";
import { randomProblem } from "./problems.js";

const searchPairs: typeof searchLayout = (bodies, conflicts, sections, members, capacity, budget) =>
  preparePairSearch(bodies, conflicts, sections, members)(capacity, budget);

describe.each([
  ["searchLayout", searchLayout],
  ["searchPairs", searchPairs],
])("%s", (_, search) => {
  it.each([{ overlaps: false }, { overlaps: true }, { overlaps: true, aliases: true }])(
    "succeeds at the optimum and refutes anything below it: %o",
    (options) => {
      let refuted = 0;
      for (let seed = 1000; seed < 1150; seed++) {
        const problem = randomProblem(seed, options);
        const bodies = mergeAliases(problem);
        const conflicts = findConflicts(problem, bodies);
        const sections = divideIntoSections(problem, bodies);
        const members = bodies.map((_, i) => i);
        const smallest = smallestArena(problem, 100);
        const at = (capacity: number) => search(bodies, conflicts, sections, members, capacity, 1e6);

        expect(at(smallest - 1).status, `seed ${seed}`).not.toBe("found");
        refuted += Number(at(smallest - 1).status === "exhausted");
        const { status, layout } = at(smallest);
        if (!conflicts.interlocking && !conflicts.staggered) expect(status, `seed ${seed}`).toBe("found");
        if (!layout) continue;
        const offsets = new Map(
          bodies.flatMap((b, i) =>
            b.parts.map((p) => [problem.buffers[p.buffer].id, layout.offsets[i] + p.at] as const),
          ),
        );
        expect(
          violations(problem, (id) => offsets.get(id)!),
          `seed ${seed}`,
        ).toEqual([]);
        expect(layout.bytes, `seed ${seed}`).toBe(smallest);
      }
      expect(refuted).toBeGreaterThan(options.aliases ? 100 : 149);
    },
  );
});
