import type { ArenaPlan } from "./schedule.js";
import type { ArenaBuffer } from "./storage.js";

export function placeBuffers(buffers: readonly ArenaBuffer[], alignment: number): ArenaPlan {
  const order = [...buffers].sort((a, b) => b.bytes - a.bytes || a.id - b.id);
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: ArenaBuffer[] = [];
  let bytes = 0;
  for (const buffer of order) {
    const busy = placed
      .filter((p) => p.firstStep <= buffer.lastStep && buffer.firstStep <= p.lastStep)
      .sort((a, b) => offsets[a.id] - offsets[b.id]);
    let at = 0;
    for (const p of busy) {
      if (at + buffer.bytes <= offsets[p.id]) break;
      at = Math.max(at, Math.ceil((offsets[p.id] + p.bytes) / alignment) * alignment);
    }
    offsets[buffer.id] = at;
    placed.push(buffer);
    bytes = Math.max(bytes, at + buffer.bytes);
  }
  return { offsets, bytes: Math.ceil(bytes / alignment) * alignment, alignment, lowerBound: 0 };
}
