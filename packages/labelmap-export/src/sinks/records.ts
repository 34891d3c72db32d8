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

  /** @throws {ExportError} `other-export` */
  async begin(plan: ExportPlan, { signal }: StoreOptions): Promise<void> {
    const bytes = encodeJson(plan);
    // Rivals of one export write the same bytes but for what DVID says of the moment: the first counts.
    const outcome = await putOnce(this.#store, planKey, bytes, { signal });
    if (outcome === "lost") {
      const found = await readJson<ExportPlan>(this.#store, planKey, { signal });
      if (found?.id !== plan.id) {
        const other = found ? `${found.source.data} of ${found.source.uuid}` : "another";
        throw new ExportError(
          "other-export",
          `the sink holds export ${found?.id} of ${other}, not ${plan.id}: choose an empty place`,
        );
      }
    }
  }

  receipt(task: string, options: StoreOptions): Promise<Receipt | undefined> {
    return readJson<Receipt>(this.#store, receiptKey(task), options);
  }

  async keep(receipt: Receipt, { signal }: StoreOptions): Promise<void> {
    await this.#store.put(receiptKey(receipt.task), encodeJson(receipt), { signal });
  }

  async finish(manifest: Manifest, { signal }: StoreOptions): Promise<void> {
    await this.#store.put(manifestKey, encodeJson(manifest), { signal });
  }

  /** The plan last, so that what is left by an interruption can still be told as this export's. */
  async discard(folders: readonly string[], { signal }: StoreOptions): Promise<void> {
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
}

/** The plan of the export that a store holds, finished or not. */
export function readPlan(store: Store, options?: StoreOptions): Promise<ExportPlan | undefined> {
  return readJson(store, planKey, options);
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
  try {
    return decodeJson<T>(bytes);
  } catch (cause) {
    throw new ExportError("corrupt", `${key} is no JSON`, { cause });
  }
}

function receiptKey(task: string): string {
  return `receipts/${task}.json`;
}
