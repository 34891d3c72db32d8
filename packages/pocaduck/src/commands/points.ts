import { type Command, defineCommand } from "../cli/command.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { parseLabel } from "../cli/parse-value.ts";
import { cloudSource } from "../clouds/cloud-source.ts";
import { findFormat, formatNames } from "../clouds/formats.ts";
import { heldBack } from "../clouds/held-back.ts";
import { writeFile } from "../clouds/write-file.ts";
import { openVersion, versionOption } from "../open-version.ts";

export const command: Command = defineCommand({
  arguments: ["dataset", "label..."],
  options: {
    output: {
      type: "string",
      short: "o",
      value: "file",
      about: "where to: standard output by default",
    },
    format: {
      type: "string",
      value: "format",
      about: `${formatNames.join(", ")}; by the file's extension, csv, unless said`,
    },
    neurons: {
      type: "string",
      value: "file.parquet",
      about: "the labels as dotprops, points with tangents, which navis reads",
    },
    version: versionOption,
  },
  examples: [
    "points fly 7 8 --neurons labels.parquet",
    "points fly 720575940625431866 --output cloud.npy",
    "points fly 7 8 9 --format csv",
  ],
  async run({ args, options, signal, output }) {
    const labels = [...new Set(args.label.map((label) => parseLabel("<label>", label)))];
    if (options.neurons !== undefined) {
      for (const name of ["output", "format"] as const) {
        if (options[name] === undefined) continue;
        throw new CommandError(`--neurons and --${name} are two outputs: give one`, "usage");
      }
      const { neurons: name } = options;
      if (!/\.(parquet|parq)$/i.test(name))
        throw new CommandError(`expected --neurons to end in .parquet, got "${name}"`, "usage");
      const [{ writeDotprops }, { openTarget }, { deliver }] = await Promise.all([
        import("../clouds/dotprops.ts"),
        import("../outputs/target.ts"),
        import("../outputs/deliver.ts"),
      ]);
      const target = await openTarget(name, "file", []);
      const query = await openVersion(args.dataset, options.version, signal);
      const report = await deliver(target, { signal, output }, (path) =>
        writeDotprops(path, query, labels, signal),
      );
      for (const label of report.empty) output.note(`label ${label} has no points`);
      const { version, complete } = query;
      if (output.json) output.value({ path: options.neurons, ...report, version, complete });
      else output.line(`${report.rows.toLocaleString("en")} points to ${options.neurons}`);
      if (complete === false) output.note(`version ${version} lacks blocks of its volume`);
      return;
    }
    const path = options.output === "-" ? undefined : options.output;
    const standard = output.json ? "json" : "csv";
    const { encode, labelled } = await findFormat(
      path,
      options.format ?? (path ? undefined : standard),
    );
    const query = await openVersion(args.dataset, options.version, signal);
    const source = await cloudSource(query, labels, signal);
    for (const [at, label] of labels.entries()) {
      if (source.lengths[at] === 0) output.note(`label ${label} has no points`);
    }
    const each = labels.map((label, at) => ({ label, points: source.lengths[at] ?? 0 }));
    if (!labelled && labels.length > 1) {
      const list = each.map(({ label, points }) => `${points} of ${label}`).join(", ");
      output.note(`this format has no column of labels; its points are, in this order, ${list}`);
    }
    if (path === undefined) {
      for await (const part of heldBack(encode(source))) await output.bytes(part);
      return;
    }
    const size = await writeFile(path, encode(source));
    const { version, complete } = query;
    if (output.json) {
      output.value({ path, size, points: source.length, labels: each, version, complete });
    } else output.line(`${source.length.toLocaleString("en")} points to ${path}`);
    if (complete === false) output.note(`version ${version} lacks blocks of its volume`);
  },
});
