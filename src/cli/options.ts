import { InvalidArgumentError, Option } from "commander";

/** `--shape in=1,80,100`, repeatable. */
export const shapeOption = () =>
  new Option(
    "--shape <tensor=dims>",
    "shape of an input with dynamic axes, e.g. mel_input=1,80,100 (repeatable)",
  )
    .argParser((text: string, previous: Record<string, number[]> | undefined) => {
      const { name, value } = assignment(text);
      const dims = value.split(",").map((d) => (/^\d+$/.test(d.trim()) ? Number(d) : Number.NaN));
      if (dims.some((d) => !Number.isSafeInteger(d))) {
        throw new InvalidArgumentError("write it as tensor=1,80,100");
      }
      return { ...previous, [name]: dims };
    })
    .default({}, "none");

/** `--input in=x.npy`, repeatable. */
export const inputOption = () =>
  new Option("--input <tensor=file>", "input tensor from a .npy or .pb file (repeatable)")
    .argParser((text: string, previous: Record<string, string> | undefined) => {
      const { name, value } = assignment(text);
      return { ...previous, [name]: value };
    })
    .default({}, "none");

/** A repeatable option that collects its values. */
export const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  value,
];

export const jsonOption = () => new Option("--json", "print the result as JSON");

export const ioOption = () =>
  new Option("--io <form>", "inputs and outputs quantized where the model's edges are, or as ONNX has them")
    .choices(["int8", "float"])
    .default("int8");

export const ioLayoutOption = () =>
  new Option("--io-layout <layout>", "ONNX's channels-first layout, or the kernels' own (saves transposes)")
    .choices(["onnx", "native"])
    .default("onnx");

export const optimizeOption = () =>
  new Option(
    "--optimize <what>",
    "speed: a kernel for each layer; size: layers share kernels, at up to 25 % more instructions; balanced: at up to 2 %",
  )
    .choices(["speed", "balanced", "size"])
    .default("balanced");

/** Splits at the last "=" before the value: tensor names may hold one themselves. */
function assignment(text: string): { name: string; value: string } {
  const at = text.lastIndexOf("=");
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError("write it as tensor=value");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}
