import { mapName } from "../elementwise/map.js";
import { StepBuilder, type Term } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { view } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type ReduceKind, reduceName } from "../reduce/kernel-op.js";

/** A quantized tensor with its parameters, all computed at run time. */
export interface DynamicallyQuantized {
  readonly y: string;
  readonly scale: string;
  readonly zeroPoint: string;
}

const scalar = (dtype: ValueInfo["dtype"]): ValueInfo => ({ dtype, shape: [] });

/**
 * scale = (max - min) / 255 over the range with 0 in it (1 where that is empty), zero point =
 * rne(clamp(0 - min / scale)), y = clamp(rne(x / scale) + zero point), each operation rounded to float32.
 */
export function buildDynamicQuantize(
  build: LegalizeBuilder,
  x: string,
  info: ValueInfo,
): DynamicallyQuantized {
  const axes = info.shape.map((_, axis) => axis);
  const extreme = (kind: ReduceKind) => {
    const ones: ValueInfo = { dtype: "float32", shape: info.shape.map(() => 1) };
    return view(build, build.node(reduceName, [x], ones, { kind, axes }), ones, []);
  };
  const map = (
    names: string[],
    infos: ValueInfo[],
    output: ValueInfo,
    write: (p: StepBuilder, terms: Term[]) => void,
  ) => {
    const p = new StepBuilder();
    write(
      p,
      infos.map(({ dtype }, i) => p.input(i, dtype)),
    );
    const { inputs, attrs } = mapNode(names, infos, p.steps, output);
    return build.node(mapName, inputs, output, attrs);
  };
  const float = scalar("float32");
  const [low, high] = [extreme("Min"), extreme("Max")];
  const scale = map([low, high], [float, float], float, (p, [min, max]) => {
    const [from, to] = [p.same("Min", min, 0), p.same("Max", max, 0)];
    const step = p.same("Div", p.same("Sub", to, from), 255);
    p.where(p.compare("Equal", to, from), 1, step);
  });
  const zeroPoint = map([low, scale], [float, float], scalar("uint8"), (p, [min, by]) => {
    const start = p.same("Sub", p.constant("float32", 0), p.same("Div", p.same("Min", min, 0), by));
    p.saturate(start, p.constant("uint8", 0));
  });
  const y = map(
    [x, scale, zeroPoint],
    [info, float, scalar("uint8")],
    { dtype: "uint8", shape: info.shape },
    (p, [value, by, zero]) => {
      p.saturate(p.same("Div", value, by), zero);
    },
  );
  return { y, scale, zeroPoint };
}

const dynamicQuantizeLinear: Legalizer = ({ node, inputs }, build) => {
  const { y, scale, zeroPoint } = buildDynamicQuantize(build, node.inputs[0], inputs[0]!);
  return [y, scale, zeroPoint];
};

export const legalizers = { DynamicQuantizeLinear: dynamicQuantizeLinear };
