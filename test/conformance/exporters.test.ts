import { conformanceTest } from "./conformance.js";

conformanceTest("exporters");
