import { ZipWriter } from "./archive/zip-write.ts";
import type { Neuron } from "./model.ts";
import { type ByteSink, memorySink, type OpenSink } from "./sink.ts";
import { openSpool } from "./spool.ts";
import { NavisTables } from "./write-navis.ts";
import type { WriteOptions, WriteReport } from "./write-options.ts";

/** The zip of the 2023 text: both tables stored, so that a reader can fetch ranges of them in place. */
export async function writeZip(
  sink: OpenSink,
  neurons: AsyncIterable<Neuron>,
  list: readonly Neuron[] | undefined,
  options: WriteOptions,
): Promise<WriteReport> {
  const zip = new ZipWriter((bytes) => sink.write(bytes));
  // The second table grows while the first is written, and has to wait for its turn.
  const spool = sink.path === undefined ? memorySpool() : openSpool(`${sink.path}.synapses`);
  let report: WriteReport | undefined;
  try {
    await zip.stream("skeletons.parquet", async (write) => {
      const tables = new NavisTables(write, spool.sink, list, options);
      for await (const neuron of neurons) await tables.add(neuron);
      report = await tables.end();
    });
    if (report && report.connectors > 0) {
      await zip.stream("synapses.parquet", async (write) => {
        for (const part of spool.parts()) await write(part);
      });
    }
    await zip.end();
    await sink.close();
  } finally {
    spool.discard();
  }
  return { ...(report as WriteReport), bytes: zip.size };
}

interface Spool {
  readonly sink: ByteSink;
  parts(): Iterable<Uint8Array>;
  discard(): void;
}

function memorySpool(): Spool {
  const sink = memorySink();
  return { sink, parts: () => [sink.bytes()], discard: () => {} };
}
