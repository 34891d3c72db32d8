import { EntryWriter, type EntryWriterOptions } from "./entry-writer.ts";
import { KeyWriter, pairsOf } from "./key-writer.ts";
import { leftOut } from "./left-out.ts";
import type { Connectors, Neuron, NeuronId } from "./model.ts";
import { encodeNeuronIndex, INDEX_KEY } from "./neuron-index.ts";
import { nodeModule } from "./node-module.ts";
import { bestCodec, compressor } from "./parquet/compress.ts";
import { SpelledPairs } from "./parquet/footer-encode.ts";
import type { WriteBytes } from "./parquet/table-writer.ts";
import { sidecarName } from "./sidecar.ts";
import { type NeuronSink, type OpenSink, openSink } from "./sink.ts";
import { type Entry, entryOf } from "./table-plan.ts";
import {
  CREATED_BY,
  DEFAULT_GROUP_ROWS,
  DEFAULT_PAGE_ROWS,
  type WriteOptions,
  type WriteReport,
} from "./write-options.ts";

/** Dialects A and B. */
export async function writeNavis(
  sink: OpenSink,
  neurons: AsyncIterable<Neuron>,
  list: readonly Neuron[] | undefined,
  options: WriteOptions,
): Promise<WriteReport> {
  const isOld = options.dialect === "navis-1";
  const sidecarPath = sink.path === undefined ? undefined : sidecarName(sink.path);
  const sidecar = isOld ? undefined : (options.connectorsSink ?? sidecarPath);
  const tables = new NavisTables((bytes) => sink.write(bytes), sidecar, list, options);
  try {
    for await (const neuron of neurons) await tables.add(neuron);
    const report = await tables.end();
    await sink.close();
    await tables.publishConnectors();
    // A sidecar of the file that was replaced would be taken for one of the new file.
    if (report.connectors === 0 && sidecarPath !== undefined) {
      nodeModule("node:fs")?.rmSync(sidecarPath, { force: true });
    }
    return report;
  } catch (error) {
    await tables.abort(error);
    throw error;
  }
}

/** The main table and the connectors beside it. */
export class NavisTables {
  readonly #options: WriteOptions;
  readonly #write: WriteBytes;
  #main: EntryWriter | undefined;
  readonly #keys: KeyWriter = new KeyWriter();
  readonly #spelled: SpelledPairs = new SpelledPairs();
  readonly #connectorTarget: NeuronSink | undefined;
  readonly #list: readonly Neuron[] | undefined;
  readonly #report: WriteReport = {
    neurons: 0,
    rows: 0,
    bytes: 0,
    connectors: 0,
    empty: [],
    warnings: [],
  };
  #connectorSink: OpenSink | undefined;
  #connectors: EntryWriter | undefined;

  constructor(
    write: WriteBytes,
    connectors: NeuronSink | undefined,
    list: readonly Neuron[] | undefined,
    options: WriteOptions,
  ) {
    this.#options = options;
    this.#connectorTarget = connectors;
    this.#list = list;
    this.#write = write;
  }

  #table(kind: Neuron["kind"]): EntryWriter {
    if (this.#main) return this.#main;
    const main = new EntryWriter(this.#write, mainOptions(this.#options, kind));
    this.#main = main;
    const full = this.#list?.filter((neuron) => neuron.x.length > 0) ?? [];
    if (full.length > 0) main.settle(full.map((neuron) => this.#entry(neuron)));
    return main;
  }

  async add(neuron: Neuron): Promise<void> {
    const report = this.#report;
    const { id, connectors } = neuron;
    if (this.#options.dialect === "navis-1")
      report.warnings.push(...leftOut(neuron, "dialect navis-1", ["labels"]));
    const entry = this.#entry(neuron);
    report.neurons++;
    if (entry.rows === 0) {
      report.empty.push(id);
      report.warnings.push({ neuron: id, message: "has no rows: only its metadata are written" });
    }
    await this.#table(neuron.kind).add(entry);
    this.#addKeys(neuron);
    if (connectors && connectors.connectorId.length > 0) await this.#addConnectors(id, connectors);
  }

  /** A property's type is known only at the end, so neurons with properties wait; the others are spelled at once. */
  #addKeys(neuron: Neuron): void {
    if (neuron.properties || this.#options.metadata === "table") {
      this.#keys.add(neuron);
      return;
    }
    this.#keys.note(neuron.id);
    for (const [key, value] of pairsOf(neuron, `${neuron.id}:`, new Map(), true))
      this.#spelled.add(key, value);
  }

  async end(): Promise<WriteReport> {
    const report = this.#report;
    const { metadata = "keys", fileMetadata = {} } = this.#options;
    const main = this.#table("skeleton");
    await main.flush();
    const table = main.table();
    const index = await encodeNeuronIndex(main.places, this.#keys, metadata === "table");
    const at = table.size;
    if (report.neurons > 0) await table.raw(index);
    const head: [string, string][] = [["_neuron-parquet:version", "1"]];
    if (report.neurons > 0)
      head.push([INDEX_KEY, `${at},${index.length}${metadata === "table" ? ",metadata" : ""}`]);
    const hasKeys = metadata !== "table";
    const extra = Object.entries(fileMetadata);
    const keys = (): Iterable<readonly [string, string]> => (hasKeys ? this.#keys.pairs() : []);
    await table.end(chain(head, extra, this.#keys.dtypes(), keys()), CREATED_BY, this.#spelled);
    if (this.#connectors) {
      await this.#connectors.flush();
      const pairs = chain(head.slice(0, 1), this.#keys.dtypes(), keys());
      await this.#connectors.table().end(pairs, CREATED_BY, this.#spelled);
      report.connectors = this.#connectors.rows;
    }
    report.rows = main.rows;
    report.bytes = table.size;
    return report;
  }

  async publishConnectors(): Promise<void> {
    await this.#connectorSink?.close();
  }

  async abort(reason: unknown): Promise<void> {
    await this.#connectorSink?.abort(reason);
  }

  #entry(neuron: Neuron): Entry {
    return entryOf(neuron, this.#options.dialect !== "navis-1");
  }

  async #addConnectors(id: NeuronId, connectors: Connectors): Promise<void> {
    if (this.#connectorTarget === undefined) {
      const count = connectors.connectorId.length;
      const message = `left out ${count} connectors: they have no place to go`;
      this.#report.warnings.push({ neuron: id, message });
      return;
    }
    if (!this.#connectors) {
      const sink = openSink(this.#connectorTarget);
      this.#connectorSink = sink;
      this.#connectors = new EntryWriter(
        (bytes) => sink.write(bytes),
        connectorOptions(this.#options),
      );
      const all =
        this.#list?.filter((neuron) => (neuron.connectors?.connectorId.length ?? 0) > 0) ?? [];
      if (all.length > 0) {
        this.#connectors.settle(
          all.map((neuron) => connectorEntry(neuron.id, neuron.connectors as Connectors)),
        );
      }
    }
    await this.#connectors.add(connectorEntry(id, connectors));
  }
}

function connectorEntry(id: NeuronId, connectors: Connectors): Entry {
  const { connectorId, nodeId, type, x, y, z, attributes = {} } = connectors;
  const columns = { connector_id: connectorId, node_id: nodeId, type, x, y, z, ...attributes };
  return { id, rows: connectorId.length, columns };
}

export function sizes(
  options: WriteOptions,
): Pick<EntryWriterOptions, "compressor" | "groupRows" | "pageRows"> {
  const {
    codec = bestCodec(),
    groupRows = DEFAULT_GROUP_ROWS,
    pageRows = DEFAULT_PAGE_ROWS,
  } = options;
  return { compressor: compressor(codec), groupRows, pageRows };
}

function mainOptions(options: WriteOptions, kind: Neuron["kind"]): EntryWriterOptions {
  const { coordinates, nodeIds } = options;
  const position = ["x", "y", "z"];
  return {
    ...sizes(options),
    kinds: { x: coordinates, y: coordinates, z: coordinates, node_id: nodeIds, parent_id: nodeIds },
    required: kind === "skeleton" ? ["node_id", "parent_id", ...position] : [...position],
    uniform: ["vect_x", "vect_y", "vect_z", "alpha"],
    zeroed: ["label"],
    nullRoots: [],
    idColumn: "neuron",
  };
}

/** navis wants 64 bits here, whatever the nodes have. */
function connectorOptions(options: WriteOptions): EntryWriterOptions {
  return {
    ...sizes(options),
    kinds: { connector_id: "int64", node_id: "int64" },
    required: ["connector_id", "node_id", "type", "x", "y", "z"],
    uniform: [],
    zeroed: [],
    nullRoots: [],
    idColumn: "neuron",
  };
}

/** One after the other, without a list of all: there may be half a million. */
function* chain<T>(...lists: readonly Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list;
}
