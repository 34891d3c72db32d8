import { NeuronError } from "../errors.ts";
import { nodeModule } from "../node-module.ts";
import { ask } from "../url-source.ts";

/** Objects by name under a path or URL: what neuroglancer calls a precomputed source. */
export interface ObjectFolder {
  readonly name: string;
  /** Undefined when there is no such object. */
  get(name: string, range?: { start: number; end: number }): Promise<Uint8Array | undefined>;
  /** Names in the folder, or in one within it. Absent where names cannot be listed. */
  list?(within?: string): string[] | Promise<string[]>;
}

export function within(folder: ObjectFolder, name: string): ObjectFolder {
  const path = (inner: string): string => `${name.replace(/\/$/, "")}/${inner}`;
  return {
    name: `${folder.name.replace(/\/$/, "")}/${name}`,
    get: (inner, range) => folder.get(path(inner), range),
    ...(folder.list ? { list: (inner = "") => folder.list?.(path(inner)) ?? [] } : {}),
  };
}

/** `precomputed://` before a URL is dropped. */
export function openFolder(place: string | URL, signal?: AbortSignal): ObjectFolder {
  const text = String(place).replace(/^precomputed:\/\//, "");
  if (/^https?:/.test(text)) return webFolder(text.replace(/\/?$/, "/"), signal);
  const fs = nodeModule("node:fs");
  const { join } = nodeModule("node:path") ?? {};
  if (!fs || !join)
    throw new NeuronError("unreadable", "folders need Node; pass a URL", { file: text });
  return {
    name: text,
    async get(name, range) {
      const path = join(text, name);
      if (!fs.existsSync(path)) return undefined;
      if (!range) return new Uint8Array(fs.readFileSync(path));
      const fd = fs.openSync(path, "r");
      try {
        const bytes = new Uint8Array(range.end - range.start);
        return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, range.start));
      } finally {
        fs.closeSync(fd);
      }
    },
    list: (inner = "") => fs.readdirSync(join(text, inner)),
  };
}

function webFolder(base: string, signal: AbortSignal | undefined): ObjectFolder {
  return {
    name: base,
    async get(name, range) {
      const headers = range ? { range: `bytes=${range.start}-${range.end - 1}` } : {};
      const response = await ask(new URL(name, base), { headers }, signal);
      // 416: the object ends before the range, which the caller tells better.
      if ([404, 403, 416].includes(response.status)) {
        await response.body?.cancel();
        return undefined;
      }
      if (!response.ok || (range && response.status !== 206)) {
        await response.body?.cancel();
        throw new NeuronError("unreadable", `the server answered ${response.status} for ${name}`, {
          file: base,
        });
      }
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}
