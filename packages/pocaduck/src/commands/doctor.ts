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
        if (output.json) {
          // What is left behind has to be said, although no result will be.
          if (signal.aborted && advice !== undefined) output.note(advice);
          return;
        }
        output.line(`${holds ? "holds" : "FAILS"}  ${promise}`);
        if (failure !== undefined) output.line(`         met: ${failure.replaceAll("\n", " ")}`);
        if (advice !== undefined) output.line(`         do:  ${advice}`);
      },
    });
    const failing = findings.filter(({ holds }) => !holds);
    const broken = failing.filter(({ optional }) => !optional).length;
    const rest = failing.length > broken ? "; web pages alone need what fails for them" : "";
    if (output.json) output.value(findings);
    else output.line(`${findings.length - failing.length} of ${findings.length} hold${rest}`);
    if (broken === 0) return;
    throw new CommandError(
      `${args.url}: ${broken === 1 ? "1 promise does" : `${broken} promises do`} not hold`,
    );
  },
});
