import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { GcOptions } from "@pocaduck/ingest";
import { prefixed, type ReadableStore, type Store } from "@pocaduck/storage";
import { asStore } from "./as-store.ts";
import { ConfigError } from "./config/config-error.ts";
import type { Settings } from "./config/settings.ts";

type Opener = (url: URL, settings: Settings) => Promise<Store | ReadableStore>;

/** What a module registered for a scheme exports. */
interface SchemeModule {
  openStore(url: URL, settings: Settings): unknown;
}

type EndUploads = NonNullable<GcOptions["endUploads"]>;

/** Of stores whose servers keep what killed writers left unfinished. */
const uploads = new WeakMap<Store, EndUploads>();

export function endUploadsOf(store: Store): EndUploads | undefined {
  return uploads.get(store);
}

/** The one place that maps schemes to packages. */
const backends: Readonly<Record<string, Opener>> = {
  async s3(url, { s3, requests }) {
    const { S3Store } = await load("@pocaduck/storage-s3", () => import("@pocaduck/storage-s3"));
    const bucket = new S3Store({ ...requests, ...s3, bucket: url.hostname });
    const path = folder(url);
    const store = prefixed(bucket, path);
    const inside = path === "" ? "" : `${path}/`;
    uploads.set(store, (prefix, ageMs, options) =>
      bucket.endUploads(inside + prefix, ageMs, options),
    );
    return store;
  },
  async gs(url, { gs, requests }) {
    const { GcsStore } = await load("@pocaduck/storage-gcs", () => import("@pocaduck/storage-gcs"));
    return prefixed(new GcsStore({ ...requests, ...gs, bucket: url.hostname }), folder(url));
  },
  https: openHttp,
  http: openHttp,
};

/** Schemes that need no configuration. */
const knownSchemes: readonly string[] = ["file", ...Object.keys(backends)];

export async function openFolder(path: string): Promise<Store> {
  const { LocalStore } = await import("@pocaduck/storage-local");
  return new LocalStore(path);
}

/** Opens `url` by the backend of its scheme, which alone is loaded. */
export async function openUrl(url: URL, settings: Settings): Promise<Store | ReadableStore> {
  const scheme = url.protocol.slice(0, -1);
  const module = settings.schemes[scheme];
  if (module !== undefined) return openRegistered(scheme, module, url, settings);
  const backend = backends[scheme];
  if (backend) return backend(url, settings).catch(rethrow);
  const known = [...knownSchemes, ...Object.keys(settings.schemes)].map((name) => `${name}:`);
  throw new ConfigError(
    "invalid-url",
    `${scheme}: is no known scheme; expected a path or one of ${known.join(", ")}, or register it under \`schemes\` in pocaduck.config.json`,
  );
}

/** A setting that a backend refuses is the user's to mend. */
function rethrow(error: unknown): never {
  if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
  throw new ConfigError("invalid-config", error.message, { cause: error });
}

async function openHttp(url: URL, { requests }: Settings): Promise<ReadableStore> {
  const { HttpStore } = await load(
    "@pocaduck/storage-http",
    () => import("@pocaduck/storage-http"),
  );
  return new HttpStore(url.href, requests);
}

async function openRegistered(
  scheme: string,
  name: string,
  url: URL,
  settings: Settings,
): Promise<Store | ReadableStore> {
  // As if imported by the configuration: the user's own packages.
  const require = createRequire(join(settings.folder ?? process.cwd(), "pocaduck.config.json"));
  const module = await load<Partial<SchemeModule>>(
    name,
    async () => import(pathToFileURL(require.resolve(name)).href),
  );
  const where = `${name}, registered for ${scheme}:`;
  if (typeof module.openStore !== "function") {
    throw new ConfigError("invalid-config", `${where}, exports no openStore`);
  }
  return asStore(await module.openStore(url, settings), where);
}

async function load<T>(name: string, module: () => Promise<T>): Promise<T> {
  try {
    return await module();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    // A package that is there may lack one of its own.
    if (!missing || !/'([^']*)'/.exec(message)?.[1]?.startsWith(name)) throw error;
    const advice = `${name} is not installed; run: npm install ${name}`;
    throw new ConfigError("missing-package", advice, { cause: error });
  }
}

function folder({ pathname }: URL): string {
  return decodeURIComponent(pathname).replace(/^\/+|\/+$/g, "");
}
