import { readFileSync } from "node:fs";
import { join } from "node:path";
import Handlebars from "handlebars";
import { packageRoot } from "../package-root.js";

/** What a template may call. Anything more is computed in TypeScript before rendering. */
const helpers = {
  eq: (a: unknown, b: unknown) => a === b,
  upper: (text: string) => text.toUpperCase(),
};

const environment = Handlebars.create();
for (const [name, helper] of Object.entries(helpers)) environment.registerHelper(name, helper);
const compiled = new Map<string, Handlebars.TemplateDelegate>();

/**
 * Renders `templates/<name>.hbs`. `strict`: a name that the parameters lack is an error, not an empty
 * string. Partials are `{{> name}}` with a path of the same kind.
 */
export function render(name: string, values: Readonly<Record<string, unknown>>): string {
  let template = compiled.get(name);
  if (!template) {
    const source = templateSource(name);
    registerPartials(source);
    template = environment.compile(source, { noEscape: true, strict: true });
    compiled.set(name, template);
  }
  return template(values, { allowProtoPropertiesByDefault: false });
}

function registerPartials(source: string): void {
  for (const [, partial] of source.matchAll(/\{\{#?>\s*([\w/.-]+)/g)) {
    if (environment.partials[partial]) continue;
    const text = templateSource(partial);
    environment.registerPartial(partial, text);
    registerPartials(text);
  }
}

export const templateSource = (name: string): string =>
  readFileSync(join(packageRoot, "templates", `${name}.hbs`), "utf8");

/** Shared helpers in an order in which each follows those it needs. */
export function orderLibraries(names: Iterable<string>): string[] {
  const order: string[] = [];
  const visit = (name: string, above: readonly string[]) => {
    if (order.includes(name)) return;
    if (above.includes(name)) throw new Error(`templates/lib: ${[...above, name].join(" needs ")}`);
    for (const needed of libraryNeeds(name)) visit(needed, [...above, name]);
    order.push(name);
  };
  for (const name of [...names].sort()) visit(name, []);
  return order;
}

/** The names in `{{!-- needs: a, b --}}` on a library's first line. */
function libraryNeeds(name: string): string[] {
  const first = templateSource(`lib/${name}.c`).split("\n", 1)[0];
  const needs = /^\{\{!--\s*needs:\s*(.*?)\s*--\}\}/.exec(first)?.[1];
  return needs ? needs.split(/\s*,\s*/) : [];
}
