import Handlebars from "handlebars";
import { templateSource } from "../../src/6-emit/templates.js";

type Values = Readonly<Record<string, unknown>>;

/** A context, and what Handlebars calls `@` data and block parameters where it holds. */
interface Scope {
  readonly value: unknown;
  readonly parent?: Scope;
  readonly root: unknown;
  readonly blockParams: Values;
}

const helpers = new Set(["if", "unless", "each", "with", "lookup", "eq", "upper"]);

/** Names that templates use: those that values had, and those that values lacked. */
export class NameUse {
  readonly found = new Set<string>();
  readonly lacked = new Set<string>();

  /** Names that were never given: a member that some elements of a list have is none of them. */
  get missing(): string[] {
    return [...this.lacked].filter((name) => !this.found.has(name));
  }
}

/**
 * Notes the names that a template uses along the branches these values take. Rendering in strict mode finds
 * those that are printed and lacking, but not those that only conditions and loops ask for.
 */
export function noteNames(template: string, values: Values, use: NameUse): void {
  const parse = (name: string) => Handlebars.parse(templateSource(name));

  const program = (ast: hbs.AST.Program, scope: Scope): void => {
    for (const statement of ast.body) visit(statement, scope);
  };

  const visit = (statement: hbs.AST.Statement, scope: Scope): void => {
    if (statement.type === "MustacheStatement") {
      call(statement as hbs.AST.MustacheStatement, scope);
    } else if (statement.type === "PartialStatement") {
      const partial = statement as hbs.AST.PartialStatement;
      const base = partial.params.length > 0 ? evaluate(partial.params[0], scope) : scope.value;
      const hash = hashOf(partial.hash, scope);
      const name = (partial.name as hbs.AST.PathExpression).original;
      program(parse(name), { ...scope, value: { ...(base as Values), ...hash }, parent: scope });
    } else if (statement.type === "BlockStatement") block(statement as hbs.AST.BlockStatement, scope);
  };

  const block = (statement: hbs.AST.BlockStatement, scope: Scope): void => {
    const helper = (statement.path as hbs.AST.PathExpression).original;
    const argument = evaluate(statement.params[0], scope);
    const inside = (value: unknown, key?: unknown): Scope => {
      const names = statement.program?.blockParams ?? [];
      const locals = Object.fromEntries(names.map((name, i) => [name, i === 0 ? value : key]));
      return { value, parent: scope, root: scope.root, blockParams: { ...scope.blockParams, ...locals } };
    };
    const taken =
      Handlebars.Utils.isEmpty(argument) && argument !== 0 ? statement.inverse : statement.program;
    if (helper === "each") {
      const items = Object.entries((argument ?? {}) as Values);
      if (items.length === 0 && statement.inverse) program(statement.inverse, scope);
      for (const [key, item] of items) program(statement.program, inside(item, key));
    } else if (helper === "with") {
      if (taken) program(taken, taken === statement.program ? inside(argument) : scope);
    } else {
      const holds = !Handlebars.Utils.isEmpty(argument) && argument !== 0;
      const branch = holds === (helper === "if") ? statement.program : statement.inverse;
      if (branch) program(branch, scope);
    }
  };

  const hashOf = (hash: hbs.AST.Hash | undefined, scope: Scope): Values =>
    Object.fromEntries((hash?.pairs ?? []).map(({ key, value }) => [key, evaluate(value, scope)]));

  const call = (expression: hbs.AST.MustacheStatement | hbs.AST.SubExpression, scope: Scope): unknown => {
    const { path, params } = expression;
    const name = (path as hbs.AST.PathExpression).original;
    if (!helpers.has(name)) return evaluate(path as hbs.AST.Expression, scope);
    const [a, b] = params.map((param) => evaluate(param, scope));
    if (name === "eq") return a === b;
    if (name === "lookup") return (a as Values | undefined)?.[String(b)];
    return String(a).toUpperCase();
  };

  const evaluate = (expression: hbs.AST.Expression, scope: Scope): unknown => {
    if (expression.type === "SubExpression") return call(expression as hbs.AST.SubExpression, scope);
    if (expression.type !== "PathExpression") return (expression as hbs.AST.StringLiteral).value;
    const { data, depth, parts, original } = expression as hbs.AST.PathExpression;
    if (data) return parts[0] === "root" ? follow(scope.root, parts.slice(1), original) : undefined;
    let context = scope;
    for (let i = 0; i < depth && context.parent; i++) context = context.parent;
    if (depth === 0 && parts.length > 0 && parts[0] in scope.blockParams) {
      return follow(scope.blockParams[parts[0]], parts.slice(1), original);
    }
    return follow(context.value, parts, original);
  };

  const follow = (value: unknown, parts: readonly string[], original: string): unknown => {
    let at = value;
    for (const part of parts) {
      const has = typeof at === "object" && at !== null && (Object.hasOwn(at, part) || part === "length");
      if (!has) {
        use.lacked.add(`${template}: ${original}`);
        return undefined;
      }
      use.found.add(`${template}: ${original}`);
      at = (at as Values)[part];
    }
    return at;
  };

  program(parse(template), { value: values, root: values, blockParams: {} });
}
