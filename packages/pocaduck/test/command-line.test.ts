import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { table } from "../src/cli/table.ts";

const main = join(import.meta.dirname, "../src/main.ts");

function pocaduck(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("--version prints the version alone", () => {
  const answer = pocaduck("--version");
  expect(answer).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: "",
  });
});

test("--help lists every command", () => {
  const { status, stdout } = pocaduck("--help");
  expect(status).toBe(0);
  for (const [name, { summary }] of Object.entries(table)) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, "m"));
  }
});

test("no command at all shows the help and fails", () => {
  const { status, stdout, stderr } = pocaduck();
  expect(status).toBe(2);
  expect(stdout).toContain("usage: pocaduck <command>");
  expect(stderr).toBe("pocaduck: no command was given\n");
});

test("a result as JSON is alone on standard output", () => {
  const { status, stdout, stderr } = pocaduck("version", "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ node: process.versions.node });
});

test("a mistyped command is answered with the nearest", () => {
  expect(pocaduck("verison")).toEqual({
    status: 2,
    stdout: "",
    stderr: "pocaduck: there is no command verison; did you mean version? (see pocaduck --help)\n",
  });
});

test("a mistyped option is answered with the nearest", () => {
  expect(pocaduck("version", "--jsno")).toEqual({
    status: 2,
    stdout: "",
    stderr:
      "pocaduck: there is no option --jsno; did you mean --json? (see pocaduck version --help)\n",
  });
});

test("a word too many is named", () => {
  const { status, stderr } = pocaduck("version", "seven");
  expect(status).toBe(2);
  expect(stderr).toContain('nothing is known to do with "seven"');
});

test("a stack is shown under --debug only", () => {
  expect(pocaduck("version", "seven").stderr.split("\n")).toHaveLength(2);
  expect(pocaduck("version", "seven", "--debug").stderr).toContain("at assign");
});
