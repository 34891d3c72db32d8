import { type Command, defineCommand } from "../cli/command.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { doctor } from "../doctor/doctor.ts";

export const command: Command = defineCommand({
  arguments: ["url"],
  options: {},
  examples: ["doctor s3://bucket/fly", "doctor https://data.example.org/fly"],
  async run({ args, signal, output }) {
    const findings = await doctor(args.url, {
      signal,
      onFinding({ promise, holds, failure, advice }) {
        if (output.json) return;
        output.line(`${holds ? "holds" : "FAILS"}  ${promise}`);
        if (failure !== undefined) output.line(`         met: ${failure.replaceAll("\n", " ")}`);
        if (advice !== undefined) output.line(`         do:  ${advice}`);
      },
    });
    const broken = findings.filter(({ holds, promise }) => !holds && !promise.includes("(CORS)"));
    if (output.json) output.value(findings);
    else output.line(`${findings.length - broken.length} of ${findings.length} hold`);
    if (broken.length > 0) {
      throw new CommandError(`${args.url}: ${broken.length} promises do not hold`);
    }
  },
});
