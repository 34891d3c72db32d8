import { ParquetSink, type Sink, VastSink } from "@pocaduck/labelmap-export";
import { CommandError } from "../cli/exit-codes.ts";
import { open } from "../open.ts";

const form = "vast+https://host/bucket/schema?objects=<path or url>";

/**
 * Where an export goes: Parquet in the store at a path or URL, or the tables of `vast+https://` (`vast+http://`) with
 * the keys in `VAST_ACCESS_KEY` and `VAST_SECRET_KEY`; what tables cannot hold goes to `objects`.
 */
export async function openSink(text: string): Promise<Sink> {
  if (!text.startsWith("vast+")) return new ParquetSink(await open(text));
  const url = URL.parse(text.slice("vast+".length));
  const [bucket = "", ...schema] = url?.pathname.slice(1).split("/") ?? [];
  const objects = url?.searchParams.get("objects");
  if (!url || !/^https?:$/.test(url.protocol) || !bucket || schema.length === 0 || !objects) {
    throw new CommandError(`expected the sink to be as in ${form}, got "${text}"`, "usage");
  }
  const { VAST_ACCESS_KEY: accessKey, VAST_SECRET_KEY: secretKey } = process.env;
  if (!accessKey || !secretKey) {
    throw new CommandError("VAST_ACCESS_KEY and VAST_SECRET_KEY are not both set", "usage");
  }
  const at = { endpoint: url.origin, bucket, schema: schema.join("/") };
  return new VastSink({ ...at, accessKey, secretKey, objects: await open(objects) });
}
