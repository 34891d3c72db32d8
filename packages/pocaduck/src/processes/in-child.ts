import type { ChildMessage } from "./child.ts";

/** The other end of `runChild`: does the job of the command line, and ends with the process that began this one. */
export async function inChild<J, P>(
  work: (job: J, signal: AbortSignal, onProgress: (progress: P) => void) => Promise<P>,
): Promise<never> {
  const stop = new AbortController();
  process.on("disconnect", () => process.exit(1));
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.on(signal, () =>
      stop.abort(new DOMException(`interrupted by ${signal}`, "AbortError")),
    );
  }
  const say = (message: ChildMessage<P>): Promise<void> =>
    new Promise((resolve) => process.send?.(message, () => resolve()) ?? resolve());
  let said = 0;
  try {
    const last = await work(JSON.parse(process.argv[2] ?? "") as J, stop.signal, (progress) => {
      if (performance.now() - said < 200) return;
      said = performance.now();
      void say({ progress });
    });
    await say({ progress: last });
    process.exit(0);
  } catch (error) {
    const { message, name, code } = error as { message: string; name: string; code?: unknown };
    await say({ failure: { message, name, code: String(code ?? "") } });
    process.exit(1);
  }
}
