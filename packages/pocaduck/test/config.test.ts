import { execFileSync } from "node:child_process";
import { mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { configSchema, openReadable, readSettings } from "../src/index.ts";
import { command } from "./run-command.ts";

const schemaFile = new URL("../pocaduck.config.schema.json", import.meta.url);
const none = { s3: {}, gs: {}, requests: {}, reads: {}, schemes: {} };

function writeConfig(folder: string, text: string): string {
  const path = join(folder, "pocaduck.config.json");
  writeFileSync(path, text);
  return path;
}

function read(text: string, variables: Record<string, string> = {}): unknown {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-config-"));
  return readSettings({ POCADUCK_CONFIG: writeConfig(folder.path, text), ...variables });
}

test("the published schema is that of the settings", () => {
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(configSchema());
});

test("variables overrule the file, setting by setting", () => {
  const file = JSON.stringify({
    $schema: "x",
    s3: { region: "a", pathStyle: true },
    requests: { attempts: 3 },
    schemes: { vast: "some-package" },
  });
  expect(read(file, { POCADUCK_S3_REGION: "b", POCADUCK_S3_PART_SIZE: "6000000" })).toEqual({
    s3: { region: "b", pathStyle: true, partSize: 6_000_000 },
    gs: {},
    requests: { attempts: 3 },
    reads: {},
    schemes: { vast: "some-package" },
    folder: expect.stringMatching(/pocaduck-config-\w+$/),
  });
  expect(readSettings({ POCADUCK_GS_ANONYMOUS: "no" })).toEqual({
    ...none,
    gs: { anonymous: false },
  });
});

test("a file that is not as the schema says is refused, naming what is wrong", () => {
  expect(() => read("{")).toThrow(/pocaduck\.config\.json: is not JSON/);
  expect(() => read("[]")).toThrow(/has to be an object/);
  expect(() => read('{"s3":{"regoin":"a"}}')).toThrow(/there is no setting s3\.regoin/);
  expect(() => read('{"s4":{"region":"a"}}')).toThrow(/there is no setting s4\.region/);
  expect(() => read('{"s3":{"region":5}}')).toThrow(/s3\.region: expected a string, got 5/);
  expect(() => read("{}", { POCADUCK_S3_ANONYMOUS: "perhaps" })).toThrow(/expected a boolean/);
  expect(() => readSettings({ POCADUCK_CONFIG: "/no/such/file" })).toThrow(/does not exist/);
});

test("a value that a setting cannot have is refused, wherever it stands", async () => {
  expect(() => readSettings({ POCADUCK_REQUESTS_CONCURRENCY: "0.5" })).toThrow(
    /POCADUCK_REQUESTS_CONCURRENCY: requests\.concurrency: expected an integer from 1 to/,
  );
  expect(() => readSettings({ POCADUCK_REQUESTS_DEADLINE_MS: "3000000000" })).toThrow(
    /expected an integer from 1 to 2147483647, got "3000000000"/,
  );
  expect(() => read('{"requests":{"attempts":2.5}}')).toThrow(
    /requests\.attempts: expected an int/,
  );
  expect(() => read('{"s3":{"partSize":100}}')).toThrow(/s3\.partSize: expected .* from 5242880/);
  expect(() => readSettings({ POCADUCK_READS_GAP: "" })).not.toThrow();
  for (const setting of ["requests.attempts=0", "s3.endpoint=nowhere", "s3.endpoint=http://a.b"]) {
    const { code, stderr } = await command("info", "s3://bucket/fly", "--set", setting);
    expect({ setting, code, stderr }).toMatchObject({ code: 2 });
  }
});

test("a variable that is no setting is refused, as a key of the file is", () => {
  expect(() => readSettings({ POCADUCK_S3_REGIN: "x" })).toThrow(
    /POCADUCK_S3_REGIN: there is no such setting; did you mean POCADUCK_S3_REGION\?/,
  );
  const canary = "canary4711secret";
  const secret = (): unknown => readSettings({ POCADUCK_S3_SECRET_ACCESS_KEY: canary });
  expect(secret).toThrow(/POCADUCK_S3_SECRET_ACCESS_KEY: credentials are no setting/);
  expect(secret).not.toThrow(canary);
  expect(readSettings({ POCADUCK_CACHE: "x", POCADUCK_TOKEN: "x" })).toEqual(none);
});

test("a broken file is told by a command that would not need it", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-config-"));
  const config = writeConfig(folder.path, "{");
  const { code, stderr } = await command("info", folder.path, "--config", config);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/pocaduck\.config\.json: is not JSON/),
  });
});

test("an error of a setting leads with the setting, and not with the dataset", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-config-"));
  const absent = join(folder.path, "none.json");
  expect(await command("info", folder.path, "--set", "a=b")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^pocaduck: --set takes /),
  });
  expect(await command("info", folder.path, "--config", absent)).toMatchObject({
    code: 2,
    stderr: `pocaduck: ${absent}: does not exist\n`,
  });
});

test("credentials are no settings, and are repeated by no error", async () => {
  const canary = "canary4711secret";
  const attempts = [
    () => read(`{"s3":{"secretAccessKey":"${canary}"}}`),
    () => read(`{"s3":{"sessionToken":"${canary}"}}`),
    () => read(`{"s3":${canary}}`),
    () => openReadable(`s3://key:${canary}@bucket/fly`),
    () => openReadable(`https://key:${canary}@host/fly`),
    () => openReadable(`https://host/fly?X-Amz-Signature=${canary}`),
  ];
  for (const attempt of attempts) {
    const error = await Promise.resolve()
      .then(attempt)
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(canary);
  }
  for (const words of [
    ["info", `s3://key:${canary}@bucket/fly`],
    ["info", "s3://bucket/fly", "--set", `s3.secretAccessKey=${canary}`],
  ]) {
    const { code, stdout, stderr } = await command(...words);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(canary);
  }
});

test("opening a folder loads no cloud package", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { open } = await import(${JSON.stringify(new URL("../src/open.ts", import.meta.url).href)});
    await open(${JSON.stringify(tmpdir())});
    console.log(loaded.filter((url) => /aws-sdk|google-cloud|storage-(s3|gcs|http)/.test(url)).length);
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program]);
  expect(said.toString().trim()).toBe("0");
});
