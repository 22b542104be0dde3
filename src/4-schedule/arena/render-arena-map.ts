import type { ArenaPlan, PlacedBuffer } from "./problem.js";

const width = 100;
const longestName = 32;

/**
 * The arena over time as text, for the top of the generated C and for `inspect`: a row for each buffer,
 * by offset, and a column for each execution step, or for several where they would not fit. `#` stands
 * for steps in which the buffer is live, `+` for a column with both. The last row shows how full the
 * arena is in tenths, with `F` where no tenth is free.
 *
 * Lines are at most 100 characters of printable ASCII and hold nothing that could end a C comment. Buffers
 * without bytes are left out. `steps` is the number of execution steps.
 */
export function renderArenaMap(plan: ArenaPlan, steps: number): string {
  const rows = plan.buffers
    .filter((b) => b.bytes > 0)
    .sort((a, b) => a.offset - b.offset || a.firstStep - b.firstStep || a.lastStep - b.lastStep);
  if (rows.length === 0) return "arena: empty\n";

  const names = rows.map((b) => printable(b.id));
  const nameWidth = Math.max(6, ...names.map((n) => n.length));
  const numberWidth = Math.max(6, String(plan.bytes).length);
  const labelWidth = 2 * numberWidth + nameWidth + 6;
  const scale = Math.max(1, Math.ceil(steps / (width - labelWidth)));
  const columns = Array.from({ length: Math.ceil(steps / scale) }, (_, c): Column => {
    return { from: c * scale, to: Math.min(steps, (c + 1) * scale) - 1 };
  });
  const line = (offset: string | number, bytes: string | number, name: string, bar: string) =>
    [String(offset).padStart(numberWidth), String(bytes).padStart(numberWidth), name.padEnd(nameWidth), bar]
      .join("  ")
      .trimEnd();
  return [
    `arena: ${plan.bytes} bytes, ${rows.length} buffers, ${steps} steps${scale > 1 ? `, ${scale} to a column` : ""}`,
    plan.bytes === plan.liveBytes ? plan.method : `${plan.method}; ${plan.liveBytes} bytes are live at once`,
    line("offset", "bytes", "buffer", ruler(columns)),
    ...rows.map((b, i) => line(b.offset, b.bytes, names[i], lifetime(b, columns))),
    line("", "", "in use", usage(plan, rows, columns)),
    "",
  ].join("\n");
}

/** Steps that a column stands for, inclusive. */
interface Column {
  readonly from: number;
  readonly to: number;
}

/** Step numbers at every tenth column. */
function ruler(columns: readonly Column[]): string {
  let text = "";
  for (let c = 0; c < columns.length; c += 10) text = text.padEnd(c) + String(columns[c].from);
  return text.slice(0, Math.max(columns.length, 1));
}

function lifetime(buffer: PlacedBuffer, columns: readonly Column[]): string {
  const { firstStep, lastStep } = buffer;
  return columns
    .map(({ from, to }) => {
      if (firstStep <= from && to <= lastStep) return "#";
      return firstStep <= to && from <= lastStep ? "+" : ".";
    })
    .join("");
}

/** Tenths of the arena that are in use in the fullest step of each column. */
function usage(plan: ArenaPlan, rows: readonly PlacedBuffer[], columns: readonly Column[]): string {
  return columns
    .map(({ from, to }) => {
      let most = 0;
      for (let step = from; step <= to; step++) most = Math.max(most, bytesInUse(rows, step));
      return most === plan.bytes ? "F" : String(Math.floor((10 * most) / plan.bytes));
    })
    .join("");
}

/** Bytes that live buffers cover; `rows` are sorted by offset. */
function bytesInUse(rows: readonly PlacedBuffer[], step: number): number {
  let used = 0;
  let end = 0;
  for (const { offset, bytes, firstStep, lastStep } of rows) {
    if (step < firstStep || lastStep < step) continue;
    used += Math.max(0, offset + bytes - Math.max(offset, end));
    end = Math.max(end, offset + bytes);
  }
  return used;
}

/** A name without what a C comment or a plain terminal can not hold, and not too long. */
function printable(id: string): string {
  const name = id.replace(/[^ -~]|[*?\\]/g, "_");
  return name.length <= longestName ? name : `${name.slice(0, 12)}..${name.slice(14 - longestName)}`;
}
