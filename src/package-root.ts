import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The installed package's folder: `templates` and `targets` are there, next to `src` or `dist`. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..");
