import type { Legalizer } from "../legalize.js";
import { accumulateLegalizers } from "./legalize-accumulate.js";
import { elementwiseLegalizers } from "./legalize-elementwise.js";
import { poolLegalizers } from "./legalize-pool.js";

export const legalizers: Record<string, Legalizer> = {
  ...accumulateLegalizers,
  ...elementwiseLegalizers,
  ...poolLegalizers,
};
