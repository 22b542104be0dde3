import { planArena } from "./arena/plan-arena.js";
import type { ArenaPlan } from "./schedule.js";
import type { ArenaBuffer } from "./storage.js";

/** Places the buffers of a program in one arena, whose size is a multiple of the alignment. */
export function placeBuffers(buffers: readonly ArenaBuffer[], alignment: number): ArenaPlan {
  const plan = planArena({
    buffers: buffers.map(({ id, bytes, firstStep, lastStep }) => ({ id: String(id), bytes, alignment, firstStep, lastStep })),
  });
  const round = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  return {
    offsets: buffers.map(({ id }) => plan.offsets.get(String(id)) ?? 0),
    bytes: round(plan.bytes),
    alignment,
    lowerBound: round(plan.liveBytes),
    provenOptimal: plan.provenOptimal,
    method: plan.method,
  };
}
