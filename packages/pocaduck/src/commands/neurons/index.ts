import { type Command, defineCommand } from "../../cli/command.ts";
import { CommandError } from "../../cli/exit-codes.ts";
import { deliver, report } from "../../outputs/deliver.ts";
import { openTarget } from "../../outputs/target.ts";
import { writeWhole } from "../../outputs/write-whole.ts";
import { openInput } from "./input.ts";
import { Notes } from "./options.ts";
import { indexName, openFile } from "./read.ts";

export const command: Command = defineCommand({
  arguments: ["input", "output?"],
  options: {
    nodes: {
      type: "boolean",
      about: "note neurons whose nodes are numbered one after another; reads all node ids once",
    },
  },
  examples: [
    "neurons index flywire.parquet                            # flywire.parquet.index, which every command finds",
    "neurons index https://host/flywire.parquet fw.index      # then: neurons draw … --index fw.index",
  ],
  async run({ args, options, signal, output }) {
    const notes = new Notes(output);
    const input = await openInput(args.input, signal);
    if (args.output === undefined && /^https?:/i.test(args.input))
      throw new CommandError("expected <output>: nothing can be put beside a URL", "usage");
    const place = args.output ?? indexName(args.input);
    const target = await openTarget(place, "file", [args.input]);
    await using file = await openFile(input, false, { signal, notes }, false);
    const bytes = await file.sideIndex({ nodeIds: options.nodes === true });
    await deliver(target, { signal, output }, (path) => writeWhole(path, bytes));
    notes.tell();
    const line = `${bytes.length.toLocaleString("en")} bytes to ${place}`;
    report(target, output, line, { path: place, size: bytes.length });
  },
});
