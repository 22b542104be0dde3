import type { OpDefinition } from "../op.js";
import { activations } from "./activation.js";
import { general } from "./general.js";
import { lookup } from "./lookup.js";
import { map } from "./map.js";
import { simpleDefinitions } from "./simple.js";

export const ops = [
  ...simpleDefinitions,
  ...activations,
  ...general,
  map,
  lookup,
] as readonly unknown[] as readonly OpDefinition[];
