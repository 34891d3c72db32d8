import { mkdtempSync, rmSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunStatus, readManifest } from "@pocaduck/labelmap-export";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";
import { proxy } from "../../labelmap-export/test/proxy.ts";
import { objectsOf, rowsOf } from "../../labelmap-export/test/read-export.ts";
import { freePort, healthy } from "./dvid-service.ts";
import { killGroup, startCommand } from "./run-command.ts";

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-dvid-serve-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});
const last = "blocks/s2/00000";

describe.skipIf(!server)(
  "dvid serve and its workers, processes that fail (need Go or Docker)",
  () => {
    const url = server?.url ?? "";
    const version = server && exportable(url);

    /** A service of its own, workers `a` and `b`, and an export begun with both. */
    async function startServed(sink: string, dvid: string, ...more: string[]) {
      const flight = `127.0.0.1:${await freePort()}`;
      const http = `127.0.0.1:${await freePort()}`;
      const serve = () =>
        startCommand([
          "dvid",
          "serve",
          "--dvid",
          dvid,
          "--flight",
          flight,
          "--http",
          http,
          ...more,
        ]);
      const to = ["--service", `grpc+tcp://${flight}`, "--sink", sink];
      const workers = new Map(
        ["a", "b"].map((name) => [name, startCommand(["dvid", "worker", ...to, "--name", name])]),
      );
      const services = [serve()];
      await healthy(`http://${http}/healthz`);
      const path = `/api/node/${await version}/seg/export/2?shard-bits=3`;
      const begun = await fetch(`http://${http}${path}`, { method: "POST" });
      const { status } = (await begun.json()) as { status: string };
      return {
        service: services[0] as ReturnType<typeof serve>,
        workers,
        restart: () => void services.push(serve()),
        /** Until `wanted` is true of the status, or half a minute is over. */
        async statusWhen(wanted: (status: RunStatus) => boolean): Promise<RunStatus | undefined> {
          let latest: RunStatus | undefined;
          for (let waited = 0; waited < 30_000; waited += 50) {
            const answer = await fetch(`http://${http}${status}`).catch(() => undefined);
            if (answer?.ok) latest = (await answer.json()) as RunStatus;
            if (latest && wanted(latest)) break;
            await sleep(50);
          }
          return latest;
        },
        async [Symbol.asyncDispose]() {
          for (const { child } of [...services, ...workers.values()]) killGroup(child);
          await Promise.all([...services, ...workers.values()].map(({ ended }) => ended));
        },
      };
    }

    test("a service that is killed is started again, and the workers that stayed go on", async () => {
      const sink = join(folder, "restarted");
      await using slow = await proxy(url, () => false, 200);
      await using served = await startServed(sink, slow.url);
      const half = await served.statusWhen(({ tasks }) => tasks.done >= 2);
      expect(half?.state).toBe("running");
      killGroup(served.service.child);
      expect(await served.service.ended).toMatchObject({ signal: "SIGKILL" });
      expect(await readManifest(new LocalStore(sink))).toBeUndefined();
      served.restart();
      const status = await served.statusWhen(({ state }) => state === "done");
      expect(status).toMatchObject({ state: "done", failures: [] });
      expect(status?.before.tasks).toBeGreaterThanOrEqual(2);
      expect((status?.before.tasks ?? 0) + (status?.written.tasks ?? 0)).toBe(status?.tasks.total);
      expect(await rowsOf(new LocalStore(sink), "blocks")).toHaveLength(8);
      expect(await readManifest(new LocalStore(sink))).toMatchObject({ complete: true });
      for (const { child, ended } of served.workers.values()) {
        expect(child.exitCode).toBeNull();
        child.kill("SIGTERM");
        expect(await ended).toMatchObject({ code: 0 });
      }
    });

    test("a worker that is stopped loses its task after its lease, and changes nothing once it goes on", async () => {
      const sink = join(folder, "stopped");
      let held: ServerResponse | undefined;
      await using dvid = await proxy(url, (path, response) => {
        if (held || !path.includes("/blocks/") || !path.includes("scale=2")) return false;
        held = response;
        return true;
      });
      await using served = await startServed(sink, dvid.url, "--lease", "2");
      const holds = ({ task }: { task?: string }): boolean => task === last;
      const before = await served.statusWhen(
        ({ tasks, workers }) => tasks.done === tasks.total - 1 && workers.some(holds),
      );
      const name = before?.workers.find(holds)?.name ?? "";
      const stopped = served.workers.get(name);
      stopped?.child.kill("SIGSTOP");
      // The rows that the stopped one asked for are on their way to it.
      held?.writeHead(503).end("busy");
      const status = await served.statusWhen(({ state }) => state === "done");
      expect(status).toMatchObject({ state: "done", failures: [] });
      const manifest = await readManifest(new LocalStore(sink));
      expect(manifest?.tasks.find(({ task }) => task.id === last)).toMatchObject({ attempts: 2 });

      const store = new LocalStore(sink);
      const contents = async () => {
        const found = new Map<string, Uint8Array | undefined>();
        for (const { key } of await objectsOf(store)) found.set(key, await store.get(key));
        return found;
      };
      const whole = await contents();
      expect(served.workers.get(name)?.child.kill("SIGCONT")).toBe(true);
      // It has given up its task when it asks for another.
      const after = await served.statusWhen(({ workers }) => !workers.some(holds));
      expect(after?.workers.map((worker) => worker.name).sort()).toEqual(["a", "b"]);
      stopped?.child.kill("SIGTERM");
      expect(await stopped?.ended).toMatchObject({ code: 0 });
      expect(await contents()).toEqual(whole);
      expect(await rowsOf(store, "blocks")).toHaveLength(8);
      served.service.child.kill("SIGTERM");
      const { stderr } = await served.service.ended;
      const acknowledged = stderr
        .split("\n")
        .filter((line) => line.includes('"acknowledged"') && line.includes(last))
        .map((line) => JSON.parse(line) as { first: boolean; worker?: string });
      expect(acknowledged.filter(({ first }) => first)).toMatchObject([
        { worker: name === "a" ? "b" : "a" },
      ]);
    });
  },
);
