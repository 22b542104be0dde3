import { describe, expect, test } from "vitest";
import { filesBelow, textOf } from "./sources.js";

const sources = filesBelow("src", ".ts").map(textOf);
const templates = filesBelow("templates", ".hbs");
const nameOf = (file: string): string => file.replace(/^templates\//, "").replace(/\.hbs$/, "");
const exists = new Set(templates.map(nameOf));

/** Names of templates that templates name: partials, and what libraries need. */
const named = new Set(
  templates.flatMap((file) => {
    const text = textOf(file);
    const partials = [...text.matchAll(/\{\{#?>\s*([\w/.-]+)/g)].map(([, name]) => name);
    const needs = /^\{\{!--\s*needs:\s*(.*?)\s*--\}\}/.exec(text)?.[1].split(/\s*,\s*/) ?? [];
    return [...partials, ...needs.map((name) => `lib/${name}.c`)];
  }),
);

/** Texts in the source, and patterns for texts that are put together, of the form `family/kernel`. */
const literals = new Set(
  sources.flatMap((text) => [...text.matchAll(/"([\w./-]+)"/g)].map(([, name]) => name)),
);
const patterns = sources
  .flatMap((text) => [...text.matchAll(/`([\w/.-]*\/[\w.-]*(?:\$\{[^`]*?\}[\w./-]*)+)`/g)])
  .map(([, text]) => new RegExp(`^${text.replace(/\$\{[^}]*\}/g, "[\\w.-]+")}$`));

const inSource = (name: string) => literals.has(name) || patterns.some((pattern) => pattern.test(name));

describe("templates", () => {
  test("what templates name exists", () => {
    expect([...named].filter((name) => !exists.has(name))).toEqual([]);
  });

  test("templates that kernels name exist", () => {
    const wanted = sources.flatMap((text) =>
      [...text.matchAll(/\btemplate: "([\w/-]+)"/g)].map(([, name]) => `ops/${name}.c`),
    );
    expect(wanted.length).toBeGreaterThan(10);
    expect(wanted.filter((name) => !exists.has(name))).toEqual([]);
  });

  test("every kernel template and every shared helper is used", () => {
    const unused = [...exists].filter((name) => {
      const short = /^(?:ops|lib)\/(.*)\.c$/.exec(name)?.[1];
      return short !== undefined && !named.has(name) && !inSource(short);
    });
    expect(unused).toEqual([]);
  });

  test("templates call no helper but Handlebars' own, eq and upper", () => {
    const known = new Set(["each", "if", "unless", "else", "with", "lookup", "eq", "upper"]);
    const calls = templates.flatMap((file) =>
      [...textOf(file).matchAll(/\{\{#?([a-z]\w*) [^}=]/g)]
        .filter(([, helper]) => !known.has(helper))
        .map(([call]) => `${file}: ${call}`),
    );
    expect(calls).toEqual([]);
  });
});
