import type { LabelCount } from "@pocaduck/query";
import { type Command, defineCommand } from "../cli/command.ts";
import { parseInteger, parseLabel } from "../cli/parse-value.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset"],
  options: {
    largest: {
      type: "string",
      value: "n",
      about: "only the n labels with the most points, largest first",
    },
    after: { type: "string", value: "label", about: "only greater ones" },
    limit: { type: "string", value: "n", about: "at most so many" },
    block: { type: "string", value: "id", about: "only those with points in this block" },
    version: versionOption,
  },
  examples: ["labels fly --largest 10", "labels fly --block 12_7_3 --json"],
  async run({ args, options, signal, output }) {
    const query = await openVersion(args.dataset, options.version, signal);
    const after = options.after === undefined ? undefined : parseLabel("--after", options.after);
    const most = (name: "largest" | "limit"): number =>
      parseInteger(`--${name}`, options[name] ?? String(Number.MAX_SAFE_INTEGER), 1, 2 ** 53 - 1);
    const found =
      options.block === undefined
        ? query.labels({ signal, ...(after !== undefined && { after }) })
        : await query.labelsIn(options.block, { signal });
    const labels =
      options.largest === undefined
        ? await first(found, most("limit"))
        : await largest(found, Math.min(most("largest"), most("limit")));
    if (output.json) output.value(labels);
    else {
      const rows = labels.map(({ label, blocks, points }) => [label, blocks, points]);
      output.table(["label", "blocks", "points"], rows);
    }
  },
});

type Labels = Iterable<LabelCount> | AsyncIterable<LabelCount>;

async function first(found: Labels, count: number): Promise<LabelCount[]> {
  const labels: LabelCount[] = [];
  for await (const label of found) {
    labels.push(label);
    if (labels.length === count) break;
  }
  return labels;
}

/** Holds at most twice `count`. */
async function largest(found: Labels, count: number): Promise<LabelCount[]> {
  const bySize = (a: LabelCount, b: LabelCount): number => b.points - a.points;
  let labels: LabelCount[] = [];
  for await (const label of found) {
    labels.push(label);
    if (labels.length >= count * 2) labels = labels.sort(bySize).slice(0, count);
  }
  return labels.sort(bySize).slice(0, count);
}
