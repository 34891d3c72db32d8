import { runBuild } from "./build/run-build.ts";
import type { BuilderMessage } from "./builder-process.ts";
import { buildFailure } from "./errors.ts";

/** The builder's own process: `build-child.ts <job file>`. It says how it went and waits for its end. */
const send = (message: BuilderMessage): void => {
  process.send?.(message);
};
// Whoever started it is gone, and with it whoever could use the result.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
try {
  const built = await runBuild(String(process.argv[2]), (stage, share) => send({ stage, share }));
  send({ built: { ...built, root: Buffer.from(built.root).toString("base64") } });
} catch (error) {
  const { code, message } = buildFailure(error);
  send({ failed: { code, message } });
}
