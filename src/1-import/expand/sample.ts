import { tensor } from "../../ir/tensor.js";
import { attr, OpError } from "../../ops/op.js";
import { defineExpansion, type Expansion, type ExpansionBuilder } from "./expansion.js";

const vector = (values: readonly number[]) => tensor("int64", [values.length], values);

/** Coordinates from -1 to 1 in an image of constant size, turned by matrices theta [N, d, d + 1]. */
const affineGrid = defineExpansion<{ readonly align_corners: boolean }>({
  name: "AffineGrid",
  opsets: [20, 28],
  attributes: { align_corners: attr.bool(false) },
  inputs: [2, 2],
  expand(build, [theta, size], { align_corners }) {
    const { data } = build.info(size);
    if (!data) {
      throw new OpError("the size is computed at run time; it must be constant", undefined, "unsupported");
    }
    const [batch, , ...image] = Array.from(data as ArrayLike<number | bigint>, Number);
    const coordinate = (i: number, length: number): number => {
      // An axis of one element: its end, as in ONNX Runtime.
      if (align_corners) return length === 1 ? 1 : -1 + (2 * i) / (length - 1);
      return -1 + (2 * i + 1) / length;
    };
    const points = image.reduce((n, d) => n * d, 1);
    // Coordinates are x, y(, z), the image [(depth,) height, width]; the last one is 1, for the shift.
    const rows = Array.from({ length: points }, (_, point) => {
      let rest = point;
      const row: number[] = [];
      for (const length of image.toReversed()) {
        row.push(coordinate(rest % length, length));
        rest = Math.floor(rest / length);
      }
      return [...row, 1];
    });
    const base = build.constant(tensor("float32", [points, image.length + 1], rows.flat()));
    const turned = build.op("MatMul", [base, build.op("Transpose", [theta], { perm: [0, 2, 1] })]);
    return [build.op("Reshape", [turned, build.constant(vector([batch, ...image, image.length]))])];
  },
});

type GridAttributes = {
  readonly align_corners: boolean;
  readonly mode: "linear" | "bilinear" | "nearest";
  readonly padding_mode: "zeros" | "border" | "reflection";
};

/** Arithmetic on float32 values by name. */
class Arithmetic {
  constructor(readonly build: ExpansionBuilder) {}

  of(value: number): string {
    return this.build.constant(tensor("float32", [], [value]));
  }

  op(op: string, ...operands: readonly (string | number)[]): string {
    return this.build.op(
      op,
      operands.map((x) => (typeof x === "number" ? this.of(x) : x)),
    );
  }
}

/** A coordinate from -1 to 1 as a position in an axis of this length. */
const denormalize = (a: Arithmetic, x: string, length: number, corners: boolean): string =>
  corners
    ? a.op("Mul", a.op("Div", a.op("Add", x, 1), 2), length - 1)
    : a.op("Div", a.op("Sub", a.op("Mul", a.op("Add", x, 1), length), 1), 2);

/** A position reflected at both ends of an axis, as often as it takes. */
function reflect(a: Arithmetic, x: string, length: number, corners: boolean): string {
  const [low, high] = corners ? [0, length - 1] : [-0.5, length - 0.5];
  const range = high - low;
  if (range === 0) return a.op("Mul", x, 0);
  const distance = a.op("Abs", a.op("Sub", x, low));
  const turns = a.op("Floor", a.op("Div", distance, range));
  const rest = a.op("Sub", distance, a.op("Mul", turns, range));
  const odd = a.op("Sub", turns, a.op("Mul", a.op("Floor", a.op("Div", turns, 2)), 2));
  const back = a.op("Add", a.op("Sub", high, low), low);
  const flipped = a.op("Sub", back, rest);
  return a.op("Where", a.op("Greater", odd, 0.5), flipped, a.op("Add", rest, low));
}

/** The image x [N, C, H, W] at points of a grid [N, h, w, 2] (x, y): [N, C, h, w]. */
const gridSample = defineExpansion<GridAttributes>({
  name: "GridSample",
  opsets: [16, 28],
  attributes: {
    align_corners: attr.bool(false),
    mode: attr.string("linear", ["linear", "bilinear", "nearest"]),
    padding_mode: attr.string("zeros", ["zeros", "border", "reflection"]),
  },
  inputs: [2, 2],
  expand(build, [x, grid], attrs) {
    const [batch, channels, height, width] = build.shape(x);
    const [, rows, columns] = build.shape(grid);
    if (build.shape(x).length !== 4) {
      throw new OpError("only images of two dimensions are supported", undefined, "unsupported");
    }
    const a = new Arithmetic(build);
    const reshape = (name: string, shape: readonly number[]) =>
      build.op("Reshape", [name, build.constant(vector(shape))]);
    const flat = reshape(x, [batch, channels, height * width]);
    const lengths = [width, height];
    const bounded = (name: string, length: number): string => a.op("Clip", name, 0, length - 1);
    const position = [0, 1].map((part) => {
      const axis = build.constant(tensor("int64", [], [part]));
      const p = denormalize(
        a,
        reshape(build.op("Gather", [grid, axis], { axis: 3 }), [batch, 1, rows * columns]),
        lengths[part],
        attrs.align_corners,
      );
      if (attrs.padding_mode === "border") return bounded(p, lengths[part]);
      if (attrs.padding_mode === "zeros") return p;
      return bounded(reflect(a, p, lengths[part], attrs.align_corners), lengths[part]);
    });
    /** Pixels at whole positions, 0 outside of the image. */
    const pixel = (px: string, py: string): string => {
      const index = a.op("Add", a.op("Mul", bounded(py, height), width), bounded(px, width));
      const wide = vector([batch, channels, rows * columns]);
      const places = build.op("Expand", [build.op("Cast", [index], { to: 7 }), build.constant(wide)]);
      const value = build.op("GatherElements", [flat, places], { axis: 2 });
      if (attrs.padding_mode !== "zeros") return value;
      const inside = [px, py].map((p, i) => a.op("Equal", p, bounded(p, lengths[i])));
      return a.op("Where", a.op("And", ...inside), value, 0);
    };
    if (attrs.mode === "nearest") {
      const [px, py] = position.map((p) => a.op("Round", p));
      return [reshape(pixel(px, py), [batch, channels, rows, columns])];
    }
    const [left, top] = position.map((p) => a.op("Floor", p));
    const [right, bottom] = [left, top].map((p) => a.op("Add", p, 1));
    const [dx, dy] = [a.op("Sub", position[0], left), a.op("Sub", position[1], top)];
    const [ex, ey] = [a.op("Sub", 1, dx), a.op("Sub", 1, dy)];
    const upper = a.op("Add", a.op("Mul", ex, pixel(left, top)), a.op("Mul", dx, pixel(right, top)));
    const lower = a.op("Add", a.op("Mul", ex, pixel(left, bottom)), a.op("Mul", dx, pixel(right, bottom)));
    const y = a.op("Add", a.op("Mul", ey, upper), a.op("Mul", dy, lower));
    return [reshape(y, [batch, channels, rows, columns])];
  },
});

export const sampleExpansions: readonly Expansion[] = [affineGrid, gridSample];
