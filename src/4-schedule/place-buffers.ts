import { planArena } from "./arena/plan-arena.js";
import { renderArenaMap } from "./arena/render-arena-map.js";
import type { ArenaPlan } from "./schedule.js";
import type { ArenaBuffer, StoragePlan } from "./storage.js";

/** Places the buffers of a program in one arena, whose size is a multiple of the alignment. */
export function placeBuffers(
  { buffers, overlaps }: Pick<StoragePlan, "buffers" | "overlaps">,
  steps: number,
  alignment: number,
): ArenaPlan {
  const label = (buffer: ArenaBuffer) => `${buffer.id} ${buffer.values[0]}`;
  const plan = planArena({
    buffers: buffers.map((buffer) => ({
      id: label(buffer),
      bytes: buffer.bytes,
      alignment: Math.min(alignment, lowestBit(buffer.at)),
      firstStep: buffer.firstStep,
      lastStep: buffer.lastStep,
    })),
    aliases: buffers.flatMap((buffer) =>
      buffer.inside
        ? [{ buffer: label(buffer), base: label(buffers[buffer.inside.buffer]), at: buffer.inside.at }]
        : [],
    ),
    overlaps: overlaps.map(({ below, above, distance }) => ({
      below: label(buffers[below]),
      above: label(buffers[above]),
      distance,
    })),
  });
  const round = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  return {
    offsets: buffers.map((buffer) => plan.offsets.get(label(buffer)) ?? 0),
    bytes: round(plan.bytes),
    alignment,
    lowerBound: round(plan.lowerBound),
    provenOptimal: plan.provenOptimal,
    method: plan.method,
    map: renderArenaMap(plan, steps).trimEnd().split("\n"),
  };
}

/** The largest power of two that divides an offset. */
const lowestBit = (offset: number): number => (offset === 0 ? Number.POSITIVE_INFINITY : offset & -offset);
