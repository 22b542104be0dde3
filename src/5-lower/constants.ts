import { createHash } from "node:crypto";
import type { ConstantData } from "../ops/kernel.js";
import type { CConstant } from "./program.js";

/** The tables of a program: equal contents are kept once. */
export class ConstantPool {
  readonly list: CConstant[] = [];
  readonly #byContents = new Map<string, number>();

  constructor(readonly prefix: string) {}

  /** The C identifier of a table with these contents. */
  claim({ dtype, data, what, align = 4 }: ConstantData): string {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${dtype}:${createHash("sha256").update(bytes).digest("hex")}`;
    const known = this.#byContents.get(key);
    if (known !== undefined) {
      const constant = this.list[known];
      if (align > constant.align) this.list[known] = { ...constant, align };
      return constant.identifier;
    }
    const identifier = `${this.prefix}_c${String(this.list.length).padStart(3, "0")}`;
    this.#byContents.set(key, this.list.length);
    this.list.push({ identifier, dtype, data, what, align });
    return identifier;
  }
}
