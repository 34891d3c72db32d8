import { type Command, defineCommand } from "../cli/command.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset", "query"],
  options: { version: versionOption },
  examples: [
    'sql fly "SELECT label, points FROM labels ORDER BY points DESC LIMIT 10"',
    'sql fly "SELECT id, points FROM blocks WHERE live = 1"',
  ],
  async run({ args, options, signal, output }) {
    const query = await openVersion(args.dataset, options.version, signal);
    const [{ openSql }, { openReadable }] = await Promise.all([
      import("@pocaduck/index"),
      import("../open.ts"),
    ]);
    await using sql = await openSql(await openReadable(args.dataset), query.manifest.index.duckdb, {
      signal,
    });
    const { columns, rows } = await sql.run(args.query, { signal });
    const names = columns.map(({ name }) => name);
    if (output.json) {
      output.value(rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))));
    } else {
      output.table(names, rows);
    }
  },
});
