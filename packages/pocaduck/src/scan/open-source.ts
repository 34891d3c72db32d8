import { openVolume, type Volume } from "@pocaduck/volume";
import { openDvidVolume } from "@pocaduck/volume/dvid";
import { CommandError } from "../cli/exit-codes.ts";
import { openReadable } from "../open.ts";
import type { ScanJob } from "./scan-options.ts";

/** The volume of a scan, and what has to stay the same when the scan goes on. */
export async function openSource(
  job: Pick<ScanJob, "volume" | "scale">,
  signal: AbortSignal,
): Promise<{ volume: Volume; about: Record<string, string> }> {
  const scale = /^\d+$/.test(job.scale ?? "") ? Number(job.scale) : job.scale;
  if (/^dvids?:/.test(job.volume)) return openDvid(job.volume, scale, signal);
  const options = { signal, ...(scale !== undefined && { scale }) };
  return { volume: await openVolume(await openReadable(job.volume), options), about: {} };
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
