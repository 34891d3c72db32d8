import { randomUUID } from "node:crypto";
import { mapConcurrent, prefixed, type Store } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { parseAddress } from "../address.ts";
import { openReadable } from "../open.ts";
import { checkBrowsers } from "./browsers.ts";
import { checkReader, firstKey } from "./check-reader.ts";
import { attempt, type Finding, failed, type Note } from "./finding.ts";
import { Ledger } from "./ledger.ts";
import { madeFolders } from "./made-folders.ts";
import { checkRights } from "./rights.ts";

export interface DoctorOptions {
  /** Ends the examination; what it wrote is deleted all the same. */
  signal?: AbortSignal;
  onFinding?: (finding: Finding) => void;
}

/** Runs every promise of the contract below a scratch prefix of the user's own place, which is emptied afterwards. */
export async function doctor(url: string, options: DoctorOptions = {}): Promise<Finding[]> {
  const store = await openReadable(url);
  const findings: Finding[] = [];
  const note: Note = (finding) => {
    findings.push(finding);
    options.onFinding?.(finding);
  };
  if ("put" in store) await checkWriter(url, store as Store, note, options.signal);
  else {
    const isThere = await checkReader(store, note, options.signal);
    if (/^https?:/i.test(url)) note(await checkBrowsers(url, isThere ? firstKey : undefined));
  }
  return findings;
}

async function checkWriter(
  url: string,
  store: Store,
  note: Note,
  signal: AbortSignal | undefined,
): Promise<void> {
  const scratch = `pocaduck-doctor-${randomUUID()}`;
  const ledger = new Ledger(store, signal);
  const address = parseAddress(url);
  const removeFolders = "folder" in address ? await madeFolders(address.folder) : undefined;
  try {
    await examine(url, prefixed(ledger, scratch), scratch, note, signal);
  } finally {
    await cleanUp(ledger, scratch, note);
    await removeFolders?.();
  }
}

async function cleanUp(ledger: Ledger, scratch: string, note: Note): Promise<void> {
  await ledger.settled();
  if (ledger.isEmpty) return;
  const promise = "what doctor wrote is gone again";
  const finding = await attempt(promise, () => ledger.clear(scratch));
  const advice = `delete everything below ${scratch}/`;
  note(finding.holds ? finding : { ...finding, advice });
}

async function examine(
  url: string,
  store: Store,
  scratch: string,
  note: Note,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isRemote = /^(s3|gs):/i.test(url);
  let browsers: Finding | undefined;
  const tryBrowsers = async (key: string): Promise<void> => {
    if (isRemote) browsers = await checkBrowsers(url, `${scratch}/${key}`);
  };
  const permitted = await checkRights(store, note, tryBrowsers, signal);
  if (permitted) await checkContract(store, scratch.length, note, signal);
  if (isRemote) note(browsers ?? (await checkBrowsers(url, undefined)));
}

async function checkContract(
  store: Store,
  taken: number,
  note: Note,
  signal: AbortSignal | undefined,
): Promise<void> {
  const cases = [...storeContract.entries()];
  await mapConcurrent(cases, 4, async ([index, { name, run }]) => {
    const folder = `case-${index}`;
    // A prefix of the user's own also takes from the longest key; some bytes stay free for it.
    const length = taken + folder.length + 2 + prefixRoom;
    try {
      await run(prefixed(store, folder), length);
      note({ promise: name, holds: true });
    } catch (error) {
      // Where it was interrupted, a case says nothing.
      signal?.throwIfAborted();
      note(failed(name, error));
    }
  });
}

/** Bytes that the address's own prefix may take from the longest key. */
const prefixRoom = 400;
