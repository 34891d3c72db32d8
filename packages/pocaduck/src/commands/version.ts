import { type Command, defineCommand } from "../cli/command.ts";
import { packageVersion } from "../cli/package-version.ts";

export const command: Command = defineCommand({
  arguments: [],
  options: {},
  async run({ output }) {
    const { platform, arch, versions } = process;
    const facts = { pocaduck: packageVersion(), node: versions.node, platform, arch };
    if (output.json) output.value(facts);
    else for (const [name, fact] of Object.entries(facts)) output.line(`${name} ${fact}`);
  },
});
