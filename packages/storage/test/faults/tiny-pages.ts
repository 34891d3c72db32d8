import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { Store } from "../../src/index.ts";
import type { Fault, FaultProxy } from "./proxy.ts";

/** What a listing promises when `fault` makes the server's pages two keys long. */
export async function expectTinyPages(
  store: Store,
  proxy: FaultProxy,
  fault: Fault,
): Promise<void> {
  const folder = `tiny-${randomUUID()}`;
  const names = ["a", "b/1", "b/2", "c", "d", "e\u{1f986}", "e\uffee"].map(
    (name) => `${folder}/${name}`,
  );
  const inOrder = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) await store.put(name, new Uint8Array(1));
  proxy.script = ({ method }) => (method === "GET" ? fault : undefined);
  const list = async (options = {}, each = async (_: string): Promise<void> => {}) => {
    proxy.forget();
    const found: string[] = [];
    for await (const { key } of store.list(`${folder}/`, options)) {
      found.push(key);
      await each(key);
    }
    return found;
  };
  expect(await list()).toEqual(inOrder);
  expect(proxy.seen.length).toBe(4);
  expect(await list({ after: `${folder}/b/1` })).toEqual(inOrder.slice(2));
  expect(await list({ after: `${folder}/b/3` })).toEqual(inOrder.slice(3));
  // What comes and goes behind and before the page that is read is neither repeated nor fatal.
  const changing = await list({}, async (key) => {
    await store.put(`${key}-after`, new Uint8Array(1));
    if (key === names[1]) await store.delete(names[3] ?? "");
  });
  expect(new Set(changing).size).toBe(changing.length);
  for (const name of names) expect(name === names[3] || changing.includes(name)).toBe(true);
  proxy.forget();
  for await (const _ of store.list(`${folder}/`)) break;
  expect(proxy.seen.length).toBe(1);
  proxy.script = () => undefined;
}
