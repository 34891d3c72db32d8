import { resolve } from "node:path";
import type { ReadableStore } from "@pocaduck/storage";
import { openVolume, type Volume } from "@pocaduck/volume";
import { openDvidVolume } from "@pocaduck/volume/dvid";
import { holdsExport, openExportedVolume } from "@pocaduck/volume/labelmap-export";
import { CommandError } from "../cli/exit-codes.ts";
import { openReadable } from "../open.ts";
import type { ScanJob } from "./scan-options.ts";

/** The volume of a scan, and what has to stay the same when the scan goes on. */
export async function openSource(
  job: Pick<ScanJob, "volume" | "scale" | "supervoxels">,
  signal: AbortSignal,
): Promise<{ volume: Volume; about: Record<string, string> }> {
  const scale = /^\d+$/.test(job.scale ?? "") ? Number(job.scale) : job.scale;
  if (/^dvids?:/.test(job.volume)) {
    return openDvid(withSupervoxels(job), scale, signal);
  }
  const store = await openReadable(job.volume);
  if (await holdsExport(store, { signal })) return openExport(store, job, scale, signal);
  if (job.supervoxels)
    throw new CommandError("--supervoxels is for DVID and exports of it", "usage");
  const options = { signal, ...(scale !== undefined && { scale }) };
  const volume = await openVolume(store, options).catch((cause: unknown) => {
    if (!(cause instanceof RangeError && cause.message.includes("`scale`"))) throw cause;
    throw new CommandError(`--scale: ${cause.message}`, "usage", { cause });
  });
  return { volume, about: { volume: nameOf(job.volume) } };
}

/** Where the volume lies, without what may be secret in an address. */
function nameOf(volume: string): string {
  if (!/^[a-z][a-z\d+.-]*:/i.test(volume)) return resolve(volume);
  return volume.replace(/[?#].*$/s, "").replace(/^([^/]*\/\/)[^/@]*@/, "$1");
}

async function openExport(
  store: ReadableStore,
  { supervoxels }: Pick<ScanJob, "supervoxels">,
  scale: number | string | undefined,
  signal: AbortSignal,
): Promise<{ volume: Volume; about: Record<string, string> }> {
  if (typeof scale === "string") {
    throw new CommandError(
      `expected --scale to be a number for an export, got "${scale}"`,
      "usage",
    );
  }
  const labels = supervoxels ? "supervoxels" : "bodies";
  const options = { labels, signal, ...(scale !== undefined && { scale }) } as const;
  const volume = await openExportedVolume(store, options);
  const { uuid, dataUuid } = volume.source;
  return { volume, about: { dvid: `${uuid}/${dataUuid}`, ids: labels } };
}

function withSupervoxels({ volume, supervoxels }: Pick<ScanJob, "volume" | "supervoxels">): string {
  if (!supervoxels || /[?&]supervoxels\b/.test(volume)) return volume;
  return `${volume}${volume.includes("?") ? "&" : "?"}supervoxels`;
}

async function openDvid(
  address: string,
  scale: number | string | undefined,
  signal: AbortSignal,
): Promise<{ volume: Volume; about: Record<string, string> }> {
  if (typeof scale === "string") {
    throw new CommandError(`expected --scale to be a number for DVID, got "${scale}"`, "usage");
  }
  const token = process.env.DVID_TOKEN;
  const options = { signal, ...(scale !== undefined && { scale }), ...(token && { token }) };
  const volume = await openDvidVolume(address, options).catch((cause: unknown) => {
    if (!(cause instanceof TypeError)) throw cause;
    throw new CommandError(cause.message, "usage", { cause });
  });
  const { uuid, dataUuid, labels } = volume.source;
  return { volume, about: { dvid: `${uuid}/${dataUuid}`, ids: labels } };
}
