import { ParquetSink, type Sink } from "@pocaduck/labelmap-export";
import { open } from "../open.ts";

/** Where an export goes: the store at a path or URL. */
export async function openSink(url: string): Promise<Sink> {
  return new ParquetSink(await open(url));
}
