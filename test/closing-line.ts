import type { Reporter, TestModule } from "vitest/node";

/** Ends a run's output with one plain line. Checks that ran before the tests count as tests. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === "pending" ? "skipped" : state]++;
      }
      if (module.errors().length > 0) counts.failed++;
    }
    const { POCADUCK_CHECKS_PASSED = "0", POCADUCK_CHECKS_FAILED = "" } = process.env;
    const before = POCADUCK_CHECKS_FAILED.split(",").filter(Boolean);
    counts.passed += Number(POCADUCK_CHECKS_PASSED);
    counts.failed += before.length;
    process.on("exit", () => {
      for (const check of before) process.stdout.write(`failed before the tests: ${check}\n`);
      const { passed, skipped } = counts;
      // A run that ends before its tests, as when a server does not start, counts as one failure.
      const failed =
        counts.failed || Number(process.exitCode !== 0 && process.exitCode !== undefined);
      process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
    });
  }
}
