import type { ExportPlan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { Manifest } from "../sinks/manifest.ts";
import type { Progress } from "./progress.ts";
import type { TaskQueue } from "./task-queue.ts";

export function manifestOf(
  plan: ExportPlan,
  tasks: readonly Task[],
  queue: TaskQueue<Task> | undefined,
  { began, receipts, sent }: Pick<Progress, "began" | "receipts" | "sent">,
  moved: boolean | undefined,
): Manifest {
  const reasons = new Map(queue?.givenUp.map(({ task, reason }) => [task.id, reason]));
  const totals = { blocks: 0, indices: 0, mapping: 0, overflows: 0, bytes: 0 };
  const results = tasks.map((task) => {
    const receipt = receipts.get(task.id);
    const quarantined = reasons.get(task.id);
    totals[task.table] += receipt?.rows ?? 0;
    totals.overflows += receipt?.overflows ?? 0;
    totals.bytes += receipt?.bytes ?? 0;
    return {
      task,
      // What an earlier run of the service sent is known by the digest that the sink kept.
      expected: sent.get(task.id)?.rows ?? receipt?.rows ?? 0,
      actual: receipt?.rows ?? 0,
      bytes: receipt?.bytes ?? 0,
      digest: receipt?.digest ?? "",
      attempts: queue?.attempts(task.id) ?? 0,
      ...(quarantined !== undefined && { quarantined }),
    };
  });
  return {
    format: 1,
    plan,
    began,
    ended: new Date().toISOString(),
    complete: reasons.size === 0,
    ...(reasons.size === 0 && totals.blocks === 0 && { empty: true }),
    ...(moved !== undefined && { moved }),
    totals,
    tasks: results,
  };
}
