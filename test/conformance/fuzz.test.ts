import { conformanceTest } from "./conformance.js";

conformanceTest("fuzz");
