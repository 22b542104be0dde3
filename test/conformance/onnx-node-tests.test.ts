import { conformanceTest } from "./conformance.js";

conformanceTest("onnx-node-tests");
