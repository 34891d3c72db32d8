import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Delay extends AsyncDisposable {
  url: string;
  /** Milliseconds to add to each request from now on; answers how many waited for an answer at the most before. */
  set(ms: number): Promise<number>;
}

/** A server before another that takes its time, in a process of its own. */
export async function delay(target: string): Promise<Delay> {
  const child = fork(join(import.meta.dirname, "delay-child.ts"), [target]);
  const said = async (): Promise<number> => ((await once(child, "message")) as [number])[0];
  const port = await said();
  return {
    url: `http://127.0.0.1:${port}`,
    async set(ms) {
      const most = said();
      child.send(ms);
      return most;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
