import type { KernelParameter } from "./kernel.js";

interface LayerNumbers {
  readonly numbers: readonly { readonly name: string; readonly index: number }[];
  readonly parameter: KernelParameter;
}

/**
 * The numbers of a layer for a C function that several layers share: a table in flash, and what the
 * template renders to name its elements (`{{#each numbers}}const int32_t {{name}} = layer[{{index}}];{{/each}}`).
 */
export function layerNumbers(values: Readonly<Record<string, number>>): LayerNumbers {
  const names = Object.keys(values);
  const parameter: KernelParameter = {
    kind: "constant",
    name: "layer",
    dtype: "int32",
    data: Int32Array.from(Object.values(values)),
    what: `numbers of a layer: ${names.join(", ")}`,
  };
  return { numbers: names.map((name, index) => ({ name, index })), parameter };
}
