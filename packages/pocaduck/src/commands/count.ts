import { type Command, defineCommand } from "../cli/command.ts";
import { parseLabel } from "../cli/parse-value.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset", "label"],
  options: {
    unique: { type: "boolean", about: "points that two blocks both hold count once" },
    version: versionOption,
  },
  async run({ args, options, signal, output }) {
    const label = parseLabel("<label>", args.label);
    const query = await openVersion(args.dataset, options.version, signal);
    const points = await query.count(label, { unique: options.unique === true, signal });
    if (output.json) output.value({ label, points, version: query.version });
    else output.line(String(points));
  },
});
