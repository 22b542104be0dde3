import type { ArenaBuffer, ArenaProblem } from "../../../src/4-schedule/arena/problem.js";
import { randomInts } from "./random.js";

export const buffer = (
  id: string,
  bytes: number,
  firstStep: number,
  lastStep: number,
  alignment = 1,
): ArenaBuffer => ({ id, bytes, firstStep, lastStep, alignment });

/**
 * Random problems of two to five buffers; overlaps between a buffer that dies in a step and one born in it,
 * sometimes either way round.
 */
export function randomProblem(
  seed: number,
  options: { aliases?: boolean; overlaps?: boolean } = {},
): ArenaProblem {
  const int = randomInts(seed);
  const buffers = Array.from({ length: int(2, 5) }, (_, i) => {
    const first = int(0, 4);
    return buffer(`b${i}`, int(1, 5), first, Math.min(4, first + int(0, 3)), 2 ** int(0, 1));
  });
  const overlaps = buffers.flatMap((a) =>
    buffers
      .filter((b) => options.overlaps && a.lastStep === b.firstStep && a !== b && int(0, 1) === 1)
      .flatMap((b) => [
        { below: b.id, above: a.id, distance: int(-1, 4) },
        ...(int(0, 2) === 0 ? [{ below: a.id, above: b.id, distance: int(-1, 4) }] : []),
      ]),
  );
  const aliases =
    options.aliases && buffers.length > 2 ? [{ buffer: "b1", base: "b0", at: 2 * int(-1, 2) }] : [];
  return { buffers, overlaps, aliases };
}
