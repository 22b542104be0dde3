export { type Compiled, type CompileOptions, compile, type FrontEndOptions, readModel } from "./compile.js";
export {
  type Diagnostic,
  Diagnostics,
  formatDiagnostic,
  ModelError,
  ToolError,
  UsageError,
} from "./diagnostics/diagnostic.js";
export { evaluate, type Tensors } from "./reference/evaluate.js";
export type { PortReport, Report, StepReport } from "./report.js";
export { listTargets, loadTarget } from "./target/load.js";
export type { Target } from "./target/target.js";
