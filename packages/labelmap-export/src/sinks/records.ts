import { putOnce, type Store, type StoreOptions } from "@pocaduck/storage";
import { ExportError } from "../errors.ts";
import type { ExportPlan } from "../plan/plan.ts";
import { decodeJson, encodeJson } from "../protocol.ts";
import type { Manifest } from "./manifest.ts";
import type { Receipt } from "./sink.ts";

const planKey = "export.json";
const manifestKey = "manifest.json";

/** What an export keeps beside its tables: the plan it was begun with, a receipt per task, the manifest. */
export class ExportRecords {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @param folders of the tables
   * @returns the plan as it was begun here first.
   * @throws {ExportError} `other-export`, or `corrupt`
   */
  async begin(
    plan: ExportPlan,
    folders: readonly string[],
    options: StoreOptions,
  ): Promise<ExportPlan> {
    const held =
      (await readPlan(this.#store, options)) ?? (await this.#claim(plan, folders, options));
    if (held.id === plan.id) return held;
    const { id, source } = held;
    throw new ExportError(
      "other-export",
      `the sink holds export ${id} of ${source.data} of ${source.uuid}, not ${plan.id}: choose an empty place`,
    );
  }

  /** What the sink holds of a task; nothing when that cannot be read, for a task may be written again. */
  async receipt(task: string, { signal }: StoreOptions): Promise<Receipt | undefined> {
    const bytes = await this.#store.get(receiptKey(task), { signal });
    const found = bytes && parsed(bytes);
    return isReceipt(found, task) ? found : undefined;
  }

  async keep(receipt: Receipt, { signal }: StoreOptions): Promise<void> {
    await this.#store.put(receiptKey(receipt.task), encodeJson(receipt), { signal });
  }

  async finish(manifest: Manifest, { signal }: StoreOptions): Promise<void> {
    await this.#store.put(manifestKey, encodeJson(manifest), { signal });
  }

  /**
   * The manifest first, for it says that all is there; the plan last, so that what is left by an interruption can
   * still be told as this export's.
   */
  async discard(folders: readonly string[], { signal }: StoreOptions): Promise<void> {
    await this.#store.delete(manifestKey, { signal });
    for (const folder of ["receipts/", "overflow/", ...folders]) {
      for await (const { key } of this.#store.list(folder, { signal })) {
        await this.#store.delete(key, { signal });
      }
    }
    await this.#store.delete(planKey, { signal });
  }

  async unfinished(options: StoreOptions): Promise<ExportPlan | undefined> {
    if (await this.#store.head(manifestKey, options)) return undefined;
    return readPlan(this.#store, options);
  }

  /** Rows of an export that nobody knows would be read as this one's. */
  async #claim(
    plan: ExportPlan,
    folders: readonly string[],
    { signal }: StoreOptions,
  ): Promise<ExportPlan> {
    const another = (): Promise<ExportPlan | undefined> => readPlan(this.#store, { signal });
    const stray = await this.#stray(folders, { signal });
    if (stray !== undefined) {
      const rival = await another();
      if (rival) return rival;
      const reason = `the sink has ${stray}, and no ${planKey} that says of what: choose an empty place`;
      throw new ExportError("other-export", reason);
    }
    // Rivals of one export write the same bytes but for what DVID says of the moment: the first counts.
    const outcome = await putOnce(this.#store, planKey, encodeJson(plan), { signal });
    const held = outcome === "won" ? plan : await another();
    if (held) return held;
    throw new ExportError("busy", `${planKey} went away while it was read`);
  }

  async #stray(folders: readonly string[], { signal }: StoreOptions): Promise<string | undefined> {
    if (await this.#store.head(manifestKey, { signal })) return manifestKey;
    for (const folder of [...folders, "receipts/", "overflow/"]) {
      for await (const { key } of this.#store.list(folder, { signal })) return key;
    }
    return undefined;
  }
}

/**
 * The plan of the export that a store holds, finished or not.
 * @throws {ExportError} `corrupt`
 */
export async function readPlan(
  store: Store,
  options?: StoreOptions,
): Promise<ExportPlan | undefined> {
  const found = await readJson<Partial<ExportPlan>>(store, planKey, options);
  if (found === undefined) return undefined;
  const { id, source, layout } = found ?? {};
  if (typeof id === "string" && source && layout) return { id, source, layout };
  throw new ExportError("corrupt", `${planKey} is no plan of an export`);
}

export function readManifest(store: Store, options?: StoreOptions): Promise<Manifest | undefined> {
  return readJson(store, manifestKey, options);
}

async function readJson<T>(
  store: Store,
  key: string,
  { signal }: StoreOptions = {},
): Promise<T | undefined> {
  const bytes = await store.get(key, { signal });
  if (!bytes) return undefined;
  const found = parsed(bytes);
  if (found === undefined)
    throw new ExportError("corrupt", `${key} is damaged, for it is no JSON: choose an empty place`);
  return found as T;
}

/** Nothing for what is no JSON, which `undefined` is not. */
function parsed(bytes: Uint8Array): unknown {
  try {
    return decodeJson<unknown>(bytes);
  } catch {
    return undefined;
  }
}

function isReceipt(value: unknown, task: string): value is Receipt {
  if (typeof value !== "object" || value === null) return false;
  const { rows, bytes, overflows, digest, ...receipt } = value as Partial<Receipt>;
  const whole = [rows, bytes, overflows].every((count) => Number.isSafeInteger(count));
  return whole && typeof digest === "string" && receipt.task === task;
}

function receiptKey(task: string): string {
  return `receipts/${task}.json`;
}
