import { numel, type Tensor, tensor, zeros } from "../../ir/tensor.js";
import { build, elements, positionOf } from "../indexing.js";

export interface UniqueOptions {
  /** Undefined: the elements of the flattened tensor are compared, else the slices along this axis. */
  readonly axis: number | undefined;
  readonly sorted: boolean;
}

/** ONNX Unique: the distinct elements or slices, where each first occurs, which one each is, and how many. */
export function unique(x: Tensor, { axis, sorted }: UniqueOptions): Tensor[] {
  const flat = axis === undefined ? { ...x, shape: [x.data.length] } : x;
  const along = axis ?? 0;
  const length = flat.shape[along];
  const inner = numel(flat.shape.slice(along + 1));
  const outer = numel(flat.shape.slice(0, along));
  const slice = (i: number) =>
    Array.from({ length: outer * inner }, (_, k) => {
      const o = Math.floor(k / inner);
      return elements(flat)[(o * length + i) * inner + (k - o * inner)];
    });

  const known = new Map<string, Group>();
  for (let i = 0; i < length; i++) {
    const candidate = slice(i);
    const group = known.get(`${candidate}`);
    if (group) group.members.push(i);
    else known.set(`${candidate}`, { first: i, slice: candidate, members: [i] });
  }
  const groups = [...known.values()];
  if (sorted) groups.sort((a, b) => compare(a.slice, b.slice));

  const inverse = zeros("int64", [length]);
  groups.forEach((group, g) => {
    for (const i of group.members) elements(inverse)[i] = BigInt(g);
  });
  const int64s = (values: number[]) => tensor("int64", [values.length], values);
  const y = build(x.dtype, flat.shape.with(along, groups.length), (index) => {
    const from = index.with(along, groups[index[along]].first);
    return elements(flat)[positionOf(flat.shape, from)];
  });
  return [y, int64s(groups.map((g) => g.first)), inverse, int64s(groups.map((g) => g.members.length))];
}

/** Equal elements or slices. */
interface Group {
  readonly first: number;
  readonly slice: readonly (number | bigint)[];
  readonly members: number[];
}

/** Lexicographic order. */
function compare(a: readonly (number | bigint)[], b: readonly (number | bigint)[]): number {
  const i = a.findIndex((value, k) => value !== b[k]);
  if (i < 0) return 0;
  return a[i] < b[i] ? -1 : 1;
}
