import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readManifest } from "@pocaduck/labelmap-export";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";
import { proxy } from "../../labelmap-export/test/proxy.ts";
import { rowsOf } from "../../labelmap-export/test/read-export.ts";
import { killGroup, startCommand } from "./run-command.ts";

const server = process.platform === "linux" ? await available(startDvid) : undefined;
const folder = mkdtempSync(join(tmpdir(), "pocaduck-dvid-export-workers-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});
const last = "blocks/s2/00000";

describe.skipIf(!server)("workers of dvid export (needs Linux, and Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);

  /** A command with two workers, one of which waits for the last task's rows until `release`; the other has nothing to do. */
  async function startHeld(name: string) {
    let held: ServerResponse | undefined;
    let holds = true;
    const dvid = await proxy(url, (path, response) => {
      if (!holds || !path.includes("/blocks/") || !path.includes("scale=2")) return false;
      held = response;
      return true;
    });
    const sink = join(folder, name);
    const words = ["dvid", "export", dvid.url, (await version) ?? "", "seg", sink];
    const run = startCommand([...words, "--workers", "2", "--shard-bits", "3", "--log"]);
    let stderr = "";
    run.child.stderr?.on("data", (text: Buffer) => {
      stderr += text.toString();
    });
    const holder = (): string | undefined =>
      events(stderr).findLast(({ event, task }) => event === "lease" && task === last)?.worker;
    const done = (): number =>
      events(stderr).filter(({ event }) => event === "acknowledged").length;
    const total = (): number => events(stderr).find(({ tasks }) => tasks)?.tasks ?? 0;
    for (let waited = 0; waited < 20_000; waited += 50) {
      if (held && total() > 0 && done() === total() - 1) break;
      await sleep(50);
    }
    const waiting = holder();
    expect(waiting).toMatch(/^worker [12]$/);
    return {
      ...run,
      sink,
      holder: waiting ?? "",
      idle: waiting === "worker 1" ? "worker 2" : "worker 1",
      release() {
        holds = false;
        held?.writeHead(503).end("busy");
      },
      async [Symbol.asyncDispose]() {
        killGroup(run.child);
        await dvid[Symbol.asyncDispose]();
      },
    };
  }

  async function expectWhole(sink: string): Promise<void> {
    expect(await rowsOf(new LocalStore(sink), "blocks")).toHaveLength(8);
    expect(await readManifest(new LocalStore(sink))).toMatchObject({ complete: true });
  }

  test("one that is stopped is killed once the export is over, and named", async () => {
    await using run = await startHeld("stopped");
    process.kill(pidOf(run.child.pid, run.idle), "SIGSTOP");
    run.release();
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(notes(stderr)).toEqual([`${run.idle} of 2 did not end when asked to, and was killed`]);
    await expectWhole(run.sink);
  });

  test("one that is killed loses its task to another at once, and is named", async () => {
    await using run = await startHeld("killed");
    process.kill(pidOf(run.child.pid, run.holder), "SIGKILL");
    run.release();
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const reason = `${run.holder} of 2 was ended by SIGKILL`;
    expect(notes(stderr)).toEqual([`${reason}; ${last} goes to another`]);
    const became = events(stderr).filter(
      ({ event, task }) => task === last && event !== "source failed",
    );
    expect(became).toMatchObject([
      { event: "lease", worker: run.holder, attempt: 1 },
      // Not by its lease, which would say nothing.
      { event: "failed", worker: run.holder, reason },
      { event: "lease", worker: run.idle, attempt: 2 },
      { event: "acknowledged", worker: run.idle, first: true },
    ]);
    await expectWhole(run.sink);
  });

  test("one that is stopped does not keep an interrupted export", async () => {
    await using run = await startHeld("interrupted");
    process.kill(pidOf(run.child.pid, run.holder), "SIGSTOP");
    run.child.kill("SIGTERM");
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toMatchObject({ code: 130 });
    expect(notes(stderr)).toEqual([
      `${run.holder} of 2 did not end when asked to, and was killed`,
      expect.stringContaining("interrupted by SIGTERM"),
    ]);
    expect(await readManifest(new LocalStore(run.sink))).toBeUndefined();
  });
});

interface Logged {
  event: string;
  task?: string;
  worker?: string;
  tasks?: number;
  reason?: string;
}

/** Lines that are whole, for the last may be on its way. */
function events(stderr: string): Logged[] {
  const lines = stderr.split("\n").slice(0, -1);
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Logged);
}

function notes(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "" && !line.startsWith("{"));
}

/** Of the worker that a command began by this name. */
function pidOf(parent: number | undefined, name: string): number {
  for (const task of readdirSync(`/proc/${parent}/task`)) {
    const children = readFileSync(`/proc/${parent}/task/${task}/children`, "utf8");
    for (const pid of children.split(" ").filter((text) => text !== "")) {
      const job = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (job.includes(`"name":"${name}"`)) return Number(pid);
    }
  }
  throw new Error(`process ${parent} has no ${name}`);
}
