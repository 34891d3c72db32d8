import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { parseAllDocuments } from "yaml";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/deploy");
const main = join(root, "packages/pocaduck/src/main.ts");
const read = (name: string): string => readFileSync(join(folder, name), "utf8");

interface Probe {
  httpGet: { path: string; port: number };
}
interface Container {
  command: string[];
  ports: { containerPort: number }[];
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe: Probe;
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: {
    selector: Record<string, string> & { matchLabels: Record<string, string> };
    ports: { port: number }[];
    replicas: number;
    strategy?: { type: string };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { containers: [Container] };
    };
  };
}
const manifests = parseAllDocuments(read("kubernetes.yaml")).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS() as Manifest;
});
const deployments = manifests.filter(({ kind }) => kind === "Deployment");

/** The words after `pocaduck` of each command that the notes and files have. */
function commandLines(): [where: string, words: string[]][] {
  const lines: [string, string[]][] = [];
  for (const name of [
    "docs/labelmap-export.md",
    "README.md",
    ...globSync("docs/deploy/*", { cwd: root }),
  ]) {
    const text = readFileSync(join(root, name), "utf8").replaceAll("\\\n", " ");
    for (const [, rest = ""] of text.matchAll(/^(?:ExecStart=\S*|exec )?pocaduck (dvid .*)$/gm)) {
      const words = rest.replace(/\s+#.*$/, "").match(/"[^"]*"|\S+/g) ?? [];
      lines.push([name, words.map((word) => word.replaceAll('"', ""))]);
    }
  }
  for (const { metadata, spec } of deployments) {
    const [{ command }] = spec.template.spec.containers;
    lines.push([`Deployment ${metadata.name}`, command.slice(command.indexOf("pocaduck") + 1)]);
  }
  return lines;
}

test("every command of the notes, units and manifests is one that the command line takes", () => {
  const lines = commandLines();
  const named = lines.map(([where, [, command]]) => `${basename(where)} ${command}`);
  for (const expected of [
    "README.md export",
    "labelmap-export.md serve",
    "labelmap-export.md worker",
    "pocaduck-export.service serve",
    "pocaduck-worker@.service worker",
    "workers.sbatch worker",
    "Deployment export serve",
    "Deployment export-worker worker",
  ]) {
    expect(named).toContain(expected);
  }
  for (const [where, words] of lines) {
    // What has options that the command does not know is refused before its help.
    const help = run([...words, "--help"]);
    expect(help, `${where}: ${words.join(" ")}`).toContain(
      `usage: pocaduck ${words.slice(0, 2).join(" ")}`,
    );
  }
  expect(() => run(["dvid", "serve", "--fligth", "x", "--help"])).toThrow(/fligth/);
});

test("probes and Services are those of the ports that the commands listen on", () => {
  for (const { metadata, spec } of deployments) {
    const [container] = spec.template.spec.containers;
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    const option = (name: string): number =>
      Number(container.command[container.command.indexOf(name) + 1]?.split(":")[1]);
    const serves = container.command.includes("serve");
    const listens = serves ? [option("--flight"), option("--http")] : [option("--health")];
    expect(container.ports.map(({ containerPort }) => containerPort)).toEqual(listens);
    for (const probe of [
      container.startupProbe,
      container.readinessProbe,
      container.livenessProbe,
    ]) {
      if (probe) expect(probe.httpGet).toEqual({ path: "/healthz", port: listens.at(-1) });
    }
    if (!serves) continue;
    expect([spec.replicas, spec.strategy]).toEqual([1, { type: "Recreate" }]);
    const service = manifests.find(({ kind }) => kind === "Service");
    expect(service?.spec.ports.map(({ port }) => port)).toEqual(listens);
    expect(service?.spec.selector).toEqual(spec.template.metadata.labels);
    // Workers find it by this name.
    const worker = deployments.find((other) => other.metadata.name === "export-worker");
    expect(worker?.spec.template.spec.containers[0].command).toContain(
      `grpc+tcp://${service?.metadata.name}:${listens[0]}`,
    );
    expect(metadata.name).toBe("export");
  }
});

test("the health checks answer on a service and a worker that run as the manifests say", async () => {
  const [serve, work] = deployments.map(({ spec }) => spec.template.spec.containers[0]);
  if (!serve || !work) throw new Error("two deployments");
  const [flight, http, health] = [await freePort(), await freePort(), await freePort()];
  const place = mkdtempSync(join(tmpdir(), "pocaduck-deployment-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const here = (words: string[]): string[] =>
    words
      .slice(words.indexOf("pocaduck") + 1)
      .map((word) =>
        word
          .replace("0.0.0.0:8815", `127.0.0.1:${flight}`)
          .replace("export:8815", `127.0.0.1:${flight}`)
          .replace("0.0.0.0:8816", `127.0.0.1:${http}`)
          .replace("0.0.0.0:8817", `127.0.0.1:${health}`)
          .replace("s3://bucket/fly", join(place, "fly")),
      );
  const service = start(here(serve.command));
  expect(await answer(http, serve.livenessProbe)).toMatchObject({ ok: true });
  const worker = start(here(work.command));
  expect(await answer(health, work.livenessProbe)).toMatchObject({ ok: true });
  // As supervisors end them: no failure.
  for (const { child, ended } of [worker, service]) {
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
  }
});

const analyze = "/usr/bin/systemd-analyze";
test.skipIf(!existsSync(analyze))("systemd takes the units (needs systemd-analyze)", () => {
  const place = mkdtempSync(join(tmpdir(), "pocaduck-units-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  for (const name of ["pocaduck-export.service", "pocaduck-worker@.service"]) {
    // It looks for the programs, which are elsewhere here.
    const unit = read(name).replace(/(?<=^Exec\w+=)\S+/gm, process.execPath);
    writeFileSync(join(place, name), unit);
    const instance = name.replace("@.", "@1.");
    if (instance !== name) writeFileSync(join(place, instance), unit);
    // A key that it does not know is a warning alone.
    const verified = spawnSync(analyze, ["verify", join(place, instance)], { encoding: "utf8" });
    expect(verified).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const [variables] = unit.match(/^EnvironmentFile=.*$/m) ?? [];
    expect(variables).toMatch(/^EnvironmentFile=\/etc\/pocaduck\/\w+\.env$/);
  }
});

test("the batch script of Slurm is a script, and runs its command line", () => {
  const path = join(folder, "workers.sbatch");
  execFileSync("bash", ["-n", path]);
  const place = mkdtempSync(join(tmpdir(), "pocaduck-slurm-"));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  writeFileSync(join(place, "pocaduck"), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const env = {
    PATH: `${place}:${process.env.PATH}`,
    ...{ SLURM_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "3", SINK: "/a b/fly" },
  };
  const words = String(execFileSync("bash", [path], { env }))
    .trim()
    .split("\n");
  expect(words.slice(0, 2)).toEqual(["dvid", "worker"]);
  expect(words[words.indexOf("--sink") + 1]).toBe("/a b/fly");
  expect(words[words.indexOf("--name") + 1]).toBe("7-3");
  expect(run([...words, "--help"])).toContain("usage: pocaduck dvid worker");
  for (const line of read("workers.sbatch").match(/^#SBATCH.*$/gm) ?? []) {
    expect(line).toMatch(/^#SBATCH --[a-z-]+=\S+$/);
  }
});

function run(words: readonly string[]): string {
  return String(execFileSync(process.execPath, [main, ...words], { stdio: "pipe" }));
}

function start(words: readonly string[]) {
  const env = { ...process.env, POCADUCK_TOKEN: "t0ken" };
  const child = spawn(process.execPath, [main, ...words], { env, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, ended };
}

async function answer(port: number, { httpGet }: Probe): Promise<unknown> {
  for (let waited = 0; ; waited += 50) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${httpGet.path}`);
      expect(response.status).toBe(200);
      return await response.json();
    } catch (error) {
      if (waited > 30_000) throw error;
      await sleep(50);
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
