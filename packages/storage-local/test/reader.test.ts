import { closeSync, mkdtempSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Reader } from "../src/reader.ts";

const size = 300_000;
const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
const path = join(mkdtempSync(join(tmpdir(), "reader-")), "object");
writeFileSync(path, bytes);

test.each([
  ["small, at once", 1000],
  ["large, by a thread", 200_000],
])("reads what lies at a position: %s", async (_, length) => {
  const fd = openSync(path, "r");
  try {
    const body = new Uint8Array(length + 10);
    const count = await new Reader().read(fd, body, 10, 4321);
    expect(count).toBe(length);
    expect(body.subarray(10)).toEqual(bytes.subarray(4321, 4321 + length));
  } finally {
    closeSync(fd);
  }
});

test("tells the end of the file by 0", async () => {
  const fd = openSync(path, "r");
  try {
    expect(await new Reader().read(fd, new Uint8Array(10), 0, size)).toBe(0);
    expect(await new Reader().read(fd, new Uint8Array(10), 0, size - 3)).toBe(3);
  } finally {
    closeSync(fd);
  }
});

test("a read that had to be waited for sends the next ones to threads", async () => {
  const fd = openSync(path, "r");
  const now = [0, 2, 3, 1500, 1500.1];
  const reader = new Reader(() => now.shift() ?? 0);
  try {
    expect(reader.read(fd, new Uint8Array(10), 0, 0)).toBe(10);
    const threaded = reader.read(fd, new Uint8Array(10), 0, 0);
    expect(threaded).toBeInstanceOf(Promise);
    expect(await threaded).toBe(10);
    expect(reader.read(fd, new Uint8Array(10), 0, 0)).toBe(10);
  } finally {
    closeSync(fd);
  }
});
