import { Command } from "commander";
import { toolStatus } from "../../7-verify/tools.js";
import { listTargets } from "../../target/load.js";
import { jsonOption } from "../options.js";
import { Terminal, table } from "../terminal.js";

export const targetsCommand = () =>
  new Command("targets")
    .summary("list what can be targeted")
    .description("Lists the targets and whether the tools to build and run for them are installed.")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ vcgen targets")
    .action((options: { json?: boolean }) => {
      const terminal = new Terminal(options.json === true);
      const rows = listTargets().map((target) => ({
        name: target.name,
        description: target.description,
        isas: target.isas,
        ...toolStatus(target),
      }));
      terminal.result(rows);
      const cells = rows.map((row) => [
        row.name,
        row.isas.join(","),
        row.ready ? "ready" : row.hint!,
        row.description,
      ]);
      for (const line of table(cells)) terminal.line(line);
    });
