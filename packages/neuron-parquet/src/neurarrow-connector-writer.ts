import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Connectors } from "./model.ts";
import type { WriteBytes } from "./parquet/table-writer.ts";
import { CREATED_BY } from "./write-options.ts";

interface Row {
  readonly id: bigint;
  readonly original: bigint;
  readonly place: readonly [number, number, number];
  readonly source: bigint[];
  readonly target: bigint[];
}

// Without the logical type, whose bit width the library writes as a number of 32 bits: pyarrow refuses that footer.
const UINT64 = { type: "INT64", converted_type: "UINT_64" } as const;

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

const LIST = (name: string): Schema => [
  {
    name,
    repetition_type: "REQUIRED",
    num_children: 1,
    converted_type: "LIST",
    logical_type: { type: "LIST" },
  },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "REQUIRED", ...UINT64 },
];

const SCHEMA: Schema = [
  { name: "schema", num_children: 7 },
  { name: "connector_id", repetition_type: "REQUIRED", ...UINT64 },
  { name: "x", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "y", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "z", type: "DOUBLE", repetition_type: "REQUIRED" },
  ...LIST("src_sample_ids"),
  ...LIST("tgt_sample_ids"),
  { name: "attr:connector_id", type: "INT64", repetition_type: "REQUIRED" },
];

const BATCH_ROWS = 20_000;

/** neurarrow's connectors, whose columns of lists are the library's business; written in batches. */
export class NeurarrowConnectorWriter {
  readonly #write: WriteBytes;
  readonly #bytes = new ByteWriter();
  readonly #parquet: ParquetWriter;
  #batch: Row[] = [];
  #count = 0;

  constructor(write: WriteBytes, keys: readonly (readonly [string, string])[]) {
    this.#write = write;
    const kvMetadata = keys.map(([key, value]) => ({ key, value }));
    this.#parquet = new ParquetWriter({
      writer: this.#bytes,
      schema: SCHEMA,
      kvMetadata,
      createdBy: CREATED_BY,
    });
  }

  /** What neurarrow cannot hold is left out and told. */
  async add(
    connectors: Connectors,
    samples: ReadonlyMap<bigint, bigint>,
    scale: readonly [number, number, number],
    warn: (message: string) => void,
  ): Promise<void> {
    const { connectorId, nodeId, type, x, y, z, attributes } = connectors;
    let otherType = 0;
    let noNode = 0;
    for (let row = 0; row < connectorId.length; row++) {
      const way = { pre: "pre", post: "post", 0: "pre", 1: "post" }[type[row] as string];
      const sample = samples.get(BigInt(nodeId[row] as number | bigint));
      if (!way) otherType++;
      else if (sample === undefined) noNode++;
      else {
        this.#batch.push({
          id: BigInt(this.#count++),
          original: BigInt(connectorId[row] as number | bigint),
          place: [
            (x[row] as number) * scale[0],
            (y[row] as number) * scale[1],
            (z[row] as number) * scale[2],
          ],
          source: way === "pre" ? [sample] : [],
          target: way === "post" ? [sample] : [],
        });
      }
    }
    if (otherType > 0) warn(`${otherType} connectors that are neither pre nor post were left out`);
    if (noNode > 0) warn(`${noNode} connectors without a node were left out`);
    const extras = Object.keys(attributes ?? {});
    if (extras.length > 0) warn(`connector columns were left out: ${extras.join(", ")}`);
    if (this.#batch.length >= BATCH_ROWS) await this.#flush();
  }

  /** The number of connectors written. */
  async end(): Promise<number> {
    await this.#flush();
    await this.#parquet.finish();
    await this.#drain();
    return this.#count;
  }

  async #flush(): Promise<void> {
    const rows = this.#batch;
    if (rows.length === 0) return;
    this.#batch = [];
    await this.#parquet.write({
      columnData: [
        { name: "connector_id", data: rows.map(({ id }) => id) },
        { name: "x", data: rows.map(({ place }) => place[0]) },
        { name: "y", data: rows.map(({ place }) => place[1]) },
        { name: "z", data: rows.map(({ place }) => place[2]) },
        { name: "src_sample_ids", data: rows.map(({ source }) => source) },
        { name: "tgt_sample_ids", data: rows.map(({ target }) => target) },
        { name: "attr:connector_id", data: rows.map(({ original }) => original) },
      ],
      rowGroupSize: BATCH_ROWS * 4,
    });
    await this.#drain();
  }

  async #drain(): Promise<void> {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    await this.#write(bytes);
  }
}
