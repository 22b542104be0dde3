import { describe, expect, it } from "vitest";
import { planArena } from "../../../src/4-schedule/arena/plan-arena.js";
import { renderArenaMap } from "../../../src/4-schedule/arena/render-arena-map.js";
import { buffer } from "./problems.js";

describe("renderArenaMap", () => {
  it("draws each buffer's lifetime, by offset", () => {
    const plan = planArena({
      buffers: [
        buffer("conv1", 1600, 0, 1, 16),
        buffer("conv2", 1200, 1, 3, 16),
        buffer("conv3", 800, 3, 4, 16),
        buffer("nothing", 0, 0, 4),
      ],
    });
    expect(renderArenaMap(plan, 5)).toBe(
      [
        "arena: 2800 bytes, 3 buffers, 5 steps",
        "greedy by size; equals the bytes live at once",
        "offset   bytes  buffer  0",
        "     0    1600  conv1   ##...",
        "     0     800  conv3   ...##",
        "  1600    1200  conv2   .###.",
        "                in use  5F472",
        "",
      ].join("\n"),
    );
  });

  it("draws several steps in a column where there are many", () => {
    const buffers = Array.from({ length: 150 }, (_, i) => buffer(`tensor_${i}`, 640, i, i + 1, 16));
    const map = renderArenaMap(planArena({ buffers }), 151).split("\n");
    expect(map[0]).toBe("arena: 1280 bytes, 150 buffers, 151 steps, 3 to a column");
    expect(Math.max(...map.map((line) => line.length))).toBeLessThanOrEqual(100);
    const bar = (name: string) => map.find((line) => line.includes(` ${name} `))!.slice(-51);
    expect(bar("tensor_0")).toBe(`+${".".repeat(50)}`);
    expect(bar("tensor_2")).toBe(`++${".".repeat(49)}`);
    // The last column stands for step 150 alone.
    expect(bar("tensor_149")).toBe(`${".".repeat(49)}+#`);
    expect(map.at(-2)).toMatch(/ F{50}5$/);
  });

  it("keeps within 100 columns and within a C comment whatever the names are", () => {
    const ids = ["*/ system(); /*", "über/größe", "what??/", "back\\slash\n", "n".repeat(200)];
    const plan = planArena({ buffers: ids.map((id, i) => buffer(id, 1e9 + i, 0, 99)) });
    const map = renderArenaMap(plan, 100);
    for (const line of map.split("\n")) expect(line).toMatch(/^[ -~]{0,100}$/);
    expect(map).not.toMatch(/\*\/|\/\*|\\|\?\?/);
    expect(map).toContain("_/ system(); /_");
    expect(map).toContain(`${"n".repeat(12)}..${"n".repeat(18)} `);
  });

  it("has something to say about an empty arena", () => {
    expect(renderArenaMap(planArena({ buffers: [] }), 3)).toBe("arena: empty\n");
  });
});
