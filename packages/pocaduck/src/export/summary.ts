import type { RunStatus } from "@pocaduck/labelmap-export";

/** What became of an export that is done, in a line. */
export function summaryOf(
  { tasks, written, before }: Pick<RunStatus, "tasks" | "written" | "before">,
  sink: string,
  seconds: number,
): string {
  const number = (value: number): string => value.toLocaleString("en");
  const time = `${seconds.toFixed(1)} s`;
  if (written.tasks === 0 && before.tasks > 0) {
    const found = `${number(before.tasks)} of ${number(tasks.total)} tasks`;
    return `wrote nothing in ${time}: ${found}, with ${number(before.blocks)} blocks, were in ${sink} already`;
  }
  const blocks = `${number(written.blocks)} blocks, ${(written.bytes / 1e6).toFixed(1)} MB`;
  const line = `exported ${number(written.tasks)} tasks in ${time}: ${blocks} written to ${sink}`;
  if (before.tasks === 0) return line;
  return `${line}; ${number(before.tasks)} tasks with ${number(before.blocks)} blocks were there before`;
}
