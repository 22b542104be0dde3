import { type DType, dtypeInfo } from "../../ir/dtype.js";
import { type FunctionName, scalarFunctions } from "./functions.js";

/** A step as templates/ops/elementwise/expression.c.hbs renders it. */
export interface Expression {
  /**
   * - `call`     `name(a, b)`, cast to `type` if `casts`
   * - `infix`    `a operator b`
   * - `wrapped`  the same in the unsigned type `wide`, cast to `type`
   * - `compared` the same, as 0 or 1
   * - `prefix`   `operator a`
   * - `select`   `c ? a : b`
   * - `shift`    `a operator b` in `wide`, 0 where b is `bits` or more
   * - `cast`     `(type)a`
   */
  readonly form: "call" | "infix" | "wrapped" | "compared" | "prefix" | "select" | "shift" | "cast";
  readonly type: string;
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly operator: string;
  readonly name: string;
  readonly arguments: string;
  readonly casts: boolean;
  readonly wide: string;
  readonly bits: number;
  /** Shared C helper it calls. */
  readonly uses?: string;
}

/** Operators of C that are exact for floats and wrap for unsigned integers. */
const operators: Partial<Record<FunctionName, string>> = {
  Add: "+",
  Sub: "-",
  Mul: "*",
  BitAnd: "&",
  BitOr: "|",
  BitXor: "^",
  Less: "<",
  LessOrEqual: "<=",
  Equal: "==",
  ShiftLeft: "<<",
  ShiftRight: ">>",
};

/** Functions with one helper for each width: `vc_div_i32`. */
const byWidth: Partial<Record<FunctionName, string>> = { Div: "div", Mod: "mod", Rem: "rem" };

/** Functions of float32 whose helper has another name than theirs in lower case. */
const floatHelpers: Partial<Record<FunctionName, string>> = { Rem: "fmod", Mod: "mod" };

/** The C of a step on operands that are written as `args`. */
export function expressionOf(fn: FunctionName, from: DType, to: DType, args: readonly string[]): Expression {
  const type = dtypeInfo[to].c;
  const width = dtypeInfo[from].bytes === 8 ? 64 : 32;
  const [a, b = "", c = ""] = args;
  const base = {
    type,
    a,
    b,
    c,
    operator: operators[fn] ?? "",
    name: "",
    arguments: args.join(", "),
    casts: false,
  };
  const common = { ...base, wide: `uint${width}_t`, bits: 8 * dtypeInfo[from].bytes };
  const call = (helper: string, casts: boolean, list = args): Expression => {
    const name = `vc_${helper.replace(/^.*\//, "").replaceAll("-", "_")}`;
    return { ...common, form: "call", name, casts, arguments: list.join(", "), uses: helper };
  };
  if (fn === "Where") return { ...common, form: "select", a: b, b: c, c: a };
  if (fn === "Copy") return { ...common, form: "cast" };
  if (fn === "Cast") return castExpression(from, to, common, call);
  if (fn === "Saturate") {
    const { min, max } = dtypeInfo[to];
    return call("math/saturate", true, [a, b, String(min), String(max)]);
  }
  const { signature } = scalarFunctions[fn];
  if (signature === "compare") return { ...common, form: "compared" };
  if (dtypeInfo[from].kind === "float") {
    if (fn === "Neg") return { ...common, form: "prefix", operator: "-" };
    if (fn === "Div") return { ...common, form: "infix", operator: "/" };
    return operators[fn]
      ? { ...common, form: "infix" }
      : call(`math/${floatHelpers[fn] ?? fn.toLowerCase()}`, false);
  }
  return integerExpression(fn, from, common, call);
}

type Call = (helper: string, casts: boolean, list?: readonly string[]) => Expression;
type Common = Omit<Expression, "form" | "uses">;

function integerExpression(fn: FunctionName, from: DType, common: Common, call: Call): Expression {
  const { a, b } = common;
  const signed = dtypeInfo[from].kind === "int";
  const format = `${signed ? "i" : "u"}${dtypeInfo[from].bytes === 8 ? 64 : 32}`;
  const width = byWidth[fn];
  if (width) return call(`integer/${!signed && fn === "Mod" ? "rem" : width}-${format}`, true);
  switch (fn) {
    case "Neg":
      return { ...common, form: "wrapped", operator: "-", a: "0", b: a };
    case "Abs":
      return signed ? call(`integer/abs-${format}`, true) : { ...common, form: "cast" };
    case "Sign":
      return call(`integer/sign-${format}`, true);
    case "Max":
      return { ...common, form: "select", c: `${a} > ${b}` };
    case "Min":
      return { ...common, form: "select", c: `${a} < ${b}` };
    case "IntegerPower":
      return call("integer/power", false);
    case "ShiftLeft":
    case "ShiftRight":
      return { ...common, form: "shift" };
    default:
      return { ...common, form: "wrapped" };
  }
}

function castExpression(from: DType, to: DType, common: Common, call: Call): Expression {
  if (to === "bool") return { ...common, form: "compared", operator: "!=", b: "0" };
  if (dtypeInfo[from].kind !== "float" || dtypeInfo[to].kind === "float") return { ...common, form: "cast" };
  if (to === "uint64") return call("math/to-u64", false);
  return call(to === "int64" || to === "uint32" ? "math/to-i64" : "math/to-i32", true);
}
