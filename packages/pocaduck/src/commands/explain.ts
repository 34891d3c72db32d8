import { type Command, defineCommand } from "../cli/command.ts";
import { parseLabel } from "../cli/parse-value.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset", "label"],
  options: { version: versionOption },
  async run({ args, options, signal, output }) {
    const label = parseLabel("<label>", args.label);
    const query = await openVersion(args.dataset, options.version, signal);
    const explanation = await query.explain(label, { signal });
    if (output.json) {
      output.value(explanation);
      return;
    }
    const { blocks, points, leaves, rowGroups, requests, size, version } = explanation;
    const number = (value: number): string => value.toLocaleString("en");
    output.line(
      `label ${label} in version ${version}: ${number(points)} points in ${number(blocks)} blocks`,
    );
    output.line(
      `index: ${requestsOf(leaves.length)}, ${number(leaves.reduce((sum, leaf) => sum + leaf.size, 0))} bytes`,
    );
    output.line(
      `points: ${requestsOf(requests)}, ${number(size)} bytes, ${rowGroups.length} row groups`,
    );
    output.table(
      ["object", "offset", "bytes", "rows wanted", "of"],
      rowGroups.map((read) => [read.object, read.offset, read.size, read.wanted, read.rows]),
    );
  },
});

function requestsOf(count: number): string {
  return count === 1 ? "1 request" : `${count} requests`;
}
