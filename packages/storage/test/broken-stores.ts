import {
  assertKey,
  type Body,
  collectBody,
  type MemoryStore,
  type ObjectMeta,
  type Store,
} from "../src/index.ts";

const bytes = async (body: Body): Promise<Uint8Array> =>
  body instanceof Uint8Array ? body : collectBody(body);

async function all(items: AsyncIterable<ObjectMeta>): Promise<ObjectMeta[]> {
  const found: ObjectMeta[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Each breaks one promise. The contract is worth its name only if it catches every one. */
export const broken: Record<string, (s: MemoryStore) => Partial<Store>> = {
  "delete does nothing": () => ({ async delete() {} }),
  "delete of an absent key fails": (s) => ({
    async delete(key) {
      if (!(await s.head(key))) throw new Error("ENOENT");
      await s.delete(key);
    },
  }),
  "delete takes a key for a folder": (s) => ({
    async delete(key, options) {
      await s.delete(key, options);
      for (const meta of await all(s.list(`${key}/`))) await s.delete(meta.key);
    },
  }),
  "deleted object is still read": (s) => {
    const held = new Map<string, Uint8Array>();
    return {
      async get(key, options) {
        const body = held.get(key) ?? (await s.get(key, options));
        if (body) held.set(key, body);
        return body?.slice();
      },
    };
  },
  "delete leaves a folder in the way": (s) => {
    const folders = new Set<string>();
    const check = (key: string): void => {
      if (folders.has(key)) throw new Error("EISDIR");
      if (key.includes("/")) folders.add(key.slice(0, key.indexOf("/")));
    };
    return {
      async put(key, body, options) {
        check(key);
        return s.put(key, body, options);
      },
      async putIfAbsent(key, body, options) {
        check(key);
        return s.putIfAbsent(key, body, options);
      },
    };
  },
  "put does nothing": () => ({
    async put(key, body) {
      return { key, size: (await bytes(body)).length, etag: "x" };
    },
  }),
  "put truncates at 64 KiB": (s) => ({
    put: async (key, body, options) => s.put(key, (await bytes(body)).subarray(0, 65536), options),
  }),
  "put appends": (s) => ({
    async put(key, body, options) {
      const old = (await s.get(key, options)) ?? new Uint8Array();
      return s.put(key, new Uint8Array([...old, ...(await bytes(body))]), options);
    },
  }),
  "put keeps the caller's buffer": (s) => {
    const held = new Map<string, Uint8Array>();
    return {
      async put(key, body) {
        held.set(key, await bytes(body));
        return s.put(key, body);
      },
      async get(key) {
        return held.get(key);
      },
    };
  },
  "put keeps a stream's chunks": (s) => ({
    async put(key, body, options) {
      if (body instanceof Uint8Array) return s.put(key, body, options);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return s.put(key, Buffer.concat(chunks), options);
    },
  }),
  "put of a broken stream keeps what it got": (s) => ({
    async put(key, body, options) {
      if (body instanceof Uint8Array) return s.put(key, body, options);
      const chunks: Uint8Array[] = [];
      try {
        for await (const chunk of body) {
          options?.signal?.throwIfAborted();
          chunks.push(chunk.slice());
        }
      } finally {
        await s.put(key, Buffer.concat(chunks));
      }
      return s.put(key, Buffer.concat(chunks));
    },
  }),
  "put wraps what a stream threw": (s) => ({
    async put(key, body, options) {
      return s.put(key, body, options).catch((error) => {
        throw new Error("put failed", { cause: error });
      });
    },
  }),
  "put does not close an aborted stream": (s) => ({
    async put(key, body, options) {
      if (body instanceof Uint8Array) return s.put(key, body, options);
      const source = body[Symbol.asyncIterator]();
      const chunks: Uint8Array[] = [];
      for (let step = await source.next(); !step.done; step = await source.next()) {
        options?.signal?.throwIfAborted();
        chunks.push(step.value.slice());
      }
      return s.put(key, Buffer.concat(chunks));
    },
  }),
  "signal is ignored by get": (s) => ({ get: (key) => s.get(key) }),
  "signal is ignored by getRange": (s) => ({ getRange: (key, range) => s.getRange(key, range) }),
  "signal is ignored by head": (s) => ({ head: (key) => s.head(key) }),
  "signal is ignored by list": (s) => ({
    list: (prefix, { after } = {}) => s.list(prefix, { after }),
  }),
  "signal is ignored by putIfAbsent": (s) => ({
    putIfAbsent: (key, body) => s.putIfAbsent(key, body),
  }),
  "signal is ignored by delete": (s) => ({ delete: (key) => s.delete(key) }),
  "signal's reason is replaced": (s) => ({
    async get(key, options) {
      if (options?.signal?.aborted) throw new DOMException("aborted", "AbortError");
      return s.get(key, options);
    },
  }),
  "get of absent is empty bytes": (s) => ({
    async get(key) {
      return (await s.get(key)) ?? new Uint8Array();
    },
  }),
  "get of a folder is empty bytes": (s) => ({
    async get(key, options) {
      const below = key !== "" && (await all(s.list(`${key}/`))).length > 0;
      return (await s.get(key, options)) ?? (below ? new Uint8Array() : undefined);
    },
  }),
  "get below an object is ENOTDIR": (s) => ({
    async get(key, options) {
      const object = key.split("/").slice(0, -1).join("/");
      if (object !== "" && (await s.head(object).catch(() => undefined)))
        throw new Error("ENOTDIR");
      return s.get(key, options);
    },
  }),
  "get hands out its own bytes": (s) => {
    const held = new Map<string, Uint8Array>();
    return {
      async get(key, options) {
        const body = await s.get(key, options);
        if (body && !held.has(key)) held.set(key, body);
        return held.get(key);
      },
    };
  },
  "get returns a Buffer": (s) => ({
    async get(key) {
      const body = await s.get(key);
      return body && Buffer.from(body);
    },
  }),
  "getRange pads with zeros": (s) => ({
    async getRange(key, range) {
      const got = await s.getRange(key, range);
      if (!got || "suffixLength" in range || range.length > 1e6) return got;
      const padded = new Uint8Array(range.length);
      padded.set(got);
      return padded;
    },
  }),
  "getRange takes length for an inclusive end": (s) => ({
    async getRange(key, range, options) {
      if ("suffixLength" in range) return s.getRange(key, range, options);
      const length = Math.min(Number.MAX_SAFE_INTEGER, range.length + 1);
      return s.getRange(key, range.length > 0 ? { ...range, length } : range, options);
    },
  }),
  "getRange of nothing returns everything": (s) => ({
    async getRange(key, range, options) {
      const none = "suffixLength" in range ? range.suffixLength === 0 : range.length === 0;
      return none ? s.get(key, options) : s.getRange(key, range, options);
    },
  }),
  "getRange past the end is empty": (s) => ({
    async getRange(key, range, options) {
      const size = (await s.head(key))?.size ?? 0;
      if ("offset" in range && range.offset > size) return new Uint8Array();
      return s.getRange(key, range, options);
    },
  }),
  "getRange of an empty object fails": (s) => ({
    async getRange(key, range, options) {
      if ((await s.head(key))?.size === 0) throw new Error("416");
      return s.getRange(key, range, options);
    },
  }),
  "getRange rounds": (s) => ({
    async getRange(key, range, options) {
      if ("suffixLength" in range) return s.getRange(key, range, options);
      const offset = Math.max(0, Math.round(range.offset) || 0);
      return s.getRange(key, { ...range, offset }, options);
    },
  }),
  "suffix longer than the object fails": (s) => ({
    async getRange(key, range) {
      const size = (await s.head(key))?.size ?? 0;
      if ("suffixLength" in range && range.suffixLength > size) throw new RangeError();
      return s.getRange(key, range);
    },
  }),
  "list is in UTF-16 order": (s) => ({
    async *list(prefix, options) {
      yield* (await all(s.list(prefix, options))).sort((a, b) => (a.key < b.key ? -1 : 1));
    },
  }),
  "list puts a folder where its name sorts": (s) => ({
    async *list(prefix, options) {
      const order = ({ key }: ObjectMeta): string => key.replaceAll("/", "\0");
      yield* (await all(s.list(prefix, options))).sort((a, b) => (order(a) < order(b) ? -1 : 1));
    },
  }),
  "list takes the prefix for a folder": (s) => ({
    async *list(prefix, options) {
      for await (const m of s.list(prefix, options))
        if (prefix === "" || prefix.endsWith("/") || m.key.startsWith(`${prefix}/`)) yield m;
    },
  }),
  "list's after is inclusive": (s) => ({
    async *list(prefix, { after } = {}) {
      for await (const m of s.list(prefix)) if (!after || m.key >= after) yield m;
    },
  }),
  "list's after must exist": (s) => ({
    async *list(prefix, { after } = {}) {
      let started = !after;
      for (const m of await all(s.list(prefix))) {
        if (started) yield m;
        started ||= m.key === after;
      }
    },
  }),
  "list ends after a page": (s) => ({
    async *list(prefix, options) {
      yield* (await all(s.list(prefix, options))).slice(0, 1000);
    },
  }),
  "list hides temporary-looking keys": (s) => ({
    async *list(prefix, options) {
      for await (const m of s.list(prefix, options)) if (!m.key.endsWith(".tmp")) yield m;
    },
  }),
  "list makes up its sizes": (s) => ({
    async *list(prefix, options) {
      for await (const m of s.list(prefix, options)) yield { ...m, size: 5 };
    },
  }),
  "list stops at a key that was deleted": (s) => ({
    async *list(prefix, options) {
      for (const m of await all(s.list(prefix, options))) {
        if (!(await s.head(m.key))) return;
        yield m;
      }
    },
  }),
  "list shares a cursor": (s) => {
    let cursor = "";
    return {
      async *list(prefix, { after = "", signal } = {}) {
        signal?.throwIfAborted();
        cursor = after;
        for (;;) {
          const [next] = await all(s.list(prefix, { after: cursor }));
          if (!next) return;
          cursor = next.key;
          await Promise.resolve();
          yield next;
        }
      },
    };
  },
  "list of an impossible prefix fails": (s) => ({
    async *list(prefix, options) {
      if (prefix !== "") assertKey(prefix.replace(/\/$/, ""));
      yield* s.list(prefix, options);
    },
  }),
  "putIfAbsent overwrites": (s) => ({ putIfAbsent: (key, body) => s.put(key, body) }),
  "putIfAbsent says it won when the bytes are equal": (s) => ({
    async putIfAbsent(key, body, options) {
      const meta = await s.putIfAbsent(key, body, options);
      const same = Buffer.compare((await s.get(key)) ?? new Uint8Array(), body) === 0;
      return meta ?? (same ? await s.head(key) : undefined);
    },
  }),
  "putIfAbsent looks, then writes": (s) => ({
    async putIfAbsent(key, body) {
      if (await s.head(key)) return undefined;
      await Promise.resolve();
      return s.put(key, body);
    },
  }),
  "put writes in place": (s) => ({
    async put(key, body) {
      const whole = await bytes(body);
      await s.put(key, whole.slice(0, whole.length >> 1));
      await tick();
      return s.put(key, whole);
    },
  }),
  "keys may climb out": (s) => ({
    async get(key) {
      return key.includes("..") ? undefined : s.get(key);
    },
  }),
  "keys fold case": (s) => ({
    put: (key, body, options) => s.put(key.toLowerCase(), body, options),
    get: (key, options) => s.get(key.toLowerCase(), options),
    head: async (key, options) => s.head(key.toLowerCase(), options),
  }),
  "keys are normalized": (s) => ({
    put: (key, body, options) => s.put(key.normalize("NFC"), body, options),
    get: (key, options) => s.get(key.normalize("NFC"), options),
    head: async (key, options) => s.head(key.normalize("NFC"), options),
  }),
  "keys are percent-decoded": (s) => ({
    put: (key, body, options) => s.put(key.replaceAll("%2F", "/"), body, options),
  }),
  "key below another damages it": (s) => ({
    async put(key, body, options) {
      const meta = await s.put(key, body, options);
      const top = key.split("/")[0] ?? "";
      if (top !== key) await s.delete(top);
      return meta;
    },
  }),
  "etag never changes": (s) => ({
    async put(key, body) {
      return { ...(await s.put(key, body)), etag: "x" };
    },
    async head(key) {
      const m = await s.head(key);
      return m && { ...m, etag: "x" };
    },
  }),
};
