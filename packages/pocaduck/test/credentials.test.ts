import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { startBuckets } from "./bucket-servers.ts";
import { recorded, startRecorded } from "./recorded.ts";
import { startCommand } from "./run-command.ts";

const volume = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
const servers = await startBuckets();
afterAll(() => servers?.stop());

describe.skipIf(!servers || !shared)(
  "credentials of a profile (needs Go for MinIO, and ../shared)",
  () => {
    const {
      AWS_ACCESS_KEY_ID: key = "",
      AWS_SECRET_ACCESS_KEY: secret = "",
      ...rest
    } = servers?.env() ?? {};

    function writeProfile(folder: string, value: string): NodeJS.ProcessEnv {
      const file = join(folder, "credentials");
      writeFileSync(file, `[work]\naws_access_key_id=${key}\naws_secret_access_key=${value}\n`);
      return { ...rest, AWS_SHARED_CREDENTIALS_FILE: file, AWS_EC2_METADATA_DISABLED: "true" };
    }

    test("reach workers without standing in any process's environment or arguments", async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-profile-"));
      const env = writeProfile(folder.path, secret);
      const dataset = "s3://fly/profile";
      const asked = ["ingest", volume, dataset, "--workers", "2", "--set", "s3.profile=work"];
      const ended = await startRecorded(folder.path, asked, env).ended;
      expect(ended).toMatchObject({ code: 0, stderr: "" });
      const processes = recorded(folder.path);
      expect(processes.length).toBeGreaterThanOrEqual(3);
      for (const given of processes) expect(JSON.stringify(given)).not.toContain(secret);
      const workers = processes.filter(({ env }) => env.POCADUCK_S3_PROFILE === "work");
      expect(workers.length).toBeGreaterThanOrEqual(2);
      expect(ended.stdout).not.toContain(secret);
    });

    test("that are wrong stand in no message, and in no trace for those who look for the fault", async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-profile-"));
      const canary = "canary4711wrong";
      const env = writeProfile(folder.path, canary);
      for (const words of [
        ["info", "s3://fly/profile", "--debug"],
        ["ingest", volume, "s3://fly/other", "--workers", "2", "--debug"],
        ["doctor", "s3://fly/profile", "--json"],
      ]) {
        const ended = await startRecorded(folder.path, [...words, "--set", "s3.profile=work"], env)
          .ended;
        expect(ended.code).not.toBe(0);
        expect(ended.stdout + ended.stderr).toMatch(/SignatureDoesNotMatch/);
        expect(ended.stdout + ended.stderr).not.toContain(canary);
        expect(ended.stdout + ended.stderr).not.toMatch(/authorization|AWS4-HMAC/i);
      }
      expect(JSON.stringify(recorded(folder.path))).not.toContain(canary);
    });
  },
);

test("a host that is not there ends a command within its retries, in one line", async () => {
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "canary4711",
    POCADUCK_GS_ANONYMOUS: "true",
  };
  const asked = [
    ["s3://bucket/fly", "s3.endpoint=https://no-such-host.invalid"],
    ["gs://bucket/fly", "gs.endpoint=https://no-such-host.invalid"],
    ["https://no-such-host.invalid/fly", "requests.attempts=6"],
  ] as const;
  const ended = await Promise.all(
    asked.map(([url, set]) => startCommand(["info", url, "--set", set], { env }).ended),
  );
  for (const { code, stderr } of ended) {
    expect(code).toBe(6);
    expect(stderr).toMatch(/^pocaduck: .*no-such-host\.invalid.*after 6 attempts\n$/);
    expect(stderr).not.toContain("canary");
  }
});
