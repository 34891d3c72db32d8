import type { Table } from "@uwdata/flechette";
import { toArrow } from "./arrow-write.ts";
import { join, type Piece, wantedColumns } from "./assemble.ts";
import { buildNeuron } from "./build-neuron.ts";
import { aBoolean, anId, checkArgument, checkOptions } from "./check-options.ts";
import type { ConnectorTable } from "./connector-table.ts";
import { NeuronError, placed } from "./errors.ts";
import type { IdMap } from "./id-map.ts";
import type { Layout } from "./layout.ts";
import type { FooterMetadata } from "./metadata.ts";
import type { Neuron, NeuronId, NeuronMetadata, Warning } from "./model.ts";
import type { NeuronRows, RowRanges } from "./neuron-rows.ts";
import type { NeuronTable } from "./neuron-table.ts";
import { withOrigin } from "./origin.ts";
import type { Column } from "./parquet/footer.ts";
import { type NeuronsOptions, neuronsRules, type ReadOptions, readRules } from "./read-options.ts";
import { encodeSideIndex } from "./side-index.ts";
import { REMOTE_GAP, type Reader } from "./source.ts";
import { WindowReader } from "./window-reader.ts";

export interface FileParts {
  readonly reader: Reader;
  readonly table: NeuronTable;
  readonly layout: Layout;
  readonly metadata: FooterMetadata;
  readonly ids: IdMap;
  readonly connectors: ConnectorTable | undefined;
  /** What of a neuron's metadata stands once for the whole file. */
  readonly defaults: Omit<NeuronMetadata, "id">;
  readonly warnings: Warning[];
}

/** An opened file of neurons. Nothing but the footer is in memory until asked for; see {@link openNeurons}. */
export class NeuronFile {
  readonly #parts: FileParts;
  #ids: readonly NeuronId[] | undefined;
  #toldStrangers = false;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.reader.name;
  }

  /** Bytes. */
  get size(): number {
    return this.#parts.reader.size;
  }

  get kind(): "skeleton" | "dotprops" {
    return this.#parts.layout.kind;
  }

  get dialect(): "navis" | "neurarrow" {
    return this.#parts.layout.dialect;
  }

  /** Nodes or points, of all neurons. */
  get rows(): number {
    return this.#parts.table.footer.rows;
  }

  get hasConnectors(): boolean {
    return this.#parts.connectors !== undefined;
  }

  /** What was met so far that cost no data, or only what it names. */
  get warnings(): readonly Warning[] {
    return this.#parts.warnings;
  }

  /** Names of all columns, known and unknown ones. */
  get columns(): readonly string[] {
    return this.#parts.table.footer.columns.map(({ name }) => name);
  }

  /** Metadata of the file as a whole: keys of no neuron. */
  get fileMetadata(): ReadonlyMap<string, string> {
    return this.#parts.metadata.file;
  }

  /** In the file's order; ids that have metadata but no rows come last. */
  async ids(): Promise<readonly NeuronId[]> {
    return this.#placed(undefined, async () => {
      this.#ids ??= [...this.#eachId(await this.#parts.table.rows())];
      return this.#ids;
    });
  }

  /** Undefined when the file does not hold `id`. */
  async metadata(id: NeuronId): Promise<NeuronMetadata | undefined> {
    this.#checkId(id);
    return this.#placed(id, async () => {
      const stored = this.#parts.ids.toStored(id);
      if (stored === undefined) return undefined;
      const known = (await this.#parts.table.rowsOf(stored)) !== undefined || this.#isNamed(stored);
      return known ? this.#metadata(stored) : undefined;
    });
  }

  /** Ids and metadata of every neuron, in the file's order, reading no neuron. */
  async allMetadata(): Promise<NeuronMetadata[]> {
    const { ids } = this.#parts;
    return (await this.ids()).map((id) => this.#metadata(ids.toStored(id) ?? id));
  }

  /** Undefined when the file does not hold `id`; a neuron without rows when only its metadata are there. */
  async neuron(id: NeuronId, options: ReadOptions = {}): Promise<Neuron | undefined> {
    this.#checkId(id);
    checkOptions(options, readRules);
    return this.#placed(id, async () => {
      const { ids, table, layout } = this.#parts;
      const stored = ids.toStored(id);
      if (stored === undefined) return undefined;
      const rows = await table.rowsOf(stored);
      if (!rows && !this.#isNamed(stored)) return undefined;
      const columns = wantedColumns(layout, options);
      return this.#build(stored, columns, await this.#pieces(stored, columns, rows ?? []), options);
    });
  }

  /** Neurons one after another in the file's order, in bounded memory. */
  async *neurons(options: NeuronsOptions = {}): AsyncGenerator<Neuron, void, undefined> {
    checkOptions(options, neuronsRules);
    const { limit = Infinity, where } = options;
    const { ids, table, layout } = this.#parts;
    const rows = await this.#placed(undefined, () => table.rows());
    const chosen = options.ids
      ? await this.#choose(options.ids, options.missing)
      : this.#eachId(rows);
    const columns = wantedColumns(layout, options);
    const windows = new WindowReader(table, columns, this.#parts.reader.gap >= REMOTE_GAP);
    const dense = !options.ids && !where;
    let left = limit;
    for (const id of chosen) {
      if (left <= 0) return;
      const stored = ids.toStored(id) ?? id;
      if (where && !where(this.#metadata(stored))) continue;
      left--;
      yield await this.#placed(id, async () => {
        const ranges = rows.get(stored) ?? [];
        const pieces = dense
          ? await windows.read(ranges)
          : await this.#pieces(stored, columns, ranges);
        return this.#build(stored, columns, pieces, options);
      });
    }
    if (dense && limit === Infinity && options.connectors !== false) await this.#tellStrangers();
  }

  /** Connectors of neurons that the file lacks would vanish in a copy. */
  async #tellStrangers(): Promise<void> {
    const { connectors, ids, warnings } = this.#parts;
    if (!connectors || this.#toldStrangers) return;
    this.#toldStrangers = true;
    const known = new Set((await this.ids()).map((id) => ids.toKey(ids.toStored(id) ?? id)));
    for (const [id, count] of await connectors.strangers(known))
      warnings.push({ neuron: id, message: `left out ${count} connectors: it is not in the file` });
  }

  /** Neurons as one Arrow table, which has to fit into memory. */
  async table(options: NeuronsOptions = {}): Promise<Table> {
    const list: Neuron[] = [];
    for await (const neuron of this.neurons({ attributes: true, connectors: false, ...options })) {
      list.push(neuron);
    }
    return toArrow(list);
  }

  /**
   * Where neurons and pages lie, for `openNeurons(source, { index })`: worth keeping for a large file without page index. Makes no
   * sense for files of ours, which hold all that. `nodeIds` reads the whole column of node ids once, to note which neurons number
   * theirs one after another: their column is then never asked for.
   */
  async sideIndex(options: { nodeIds?: boolean } = {}): Promise<Uint8Array> {
    checkOptions(options, { nodeIds: aBoolean });
    const { nodeIds = false } = options;
    return this.#placed(undefined, () => {
      const { table, layout, reader } = this.#parts;
      const columns = wantedColumns(layout, {});
      return encodeSideIndex(table, columns, reader.size, nodeIds ? layout.nodeId : undefined);
    });
  }

  async close(): Promise<void> {
    await this.#parts.connectors?.close();
    await this.#parts.reader.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  *#eachId(rows: NeuronRows): Generator<NeuronId> {
    const { ids, metadata } = this.#parts;
    for (const stored of rows.ids()) yield ids.toPublic(stored);
    for (const key of metadata.ids()) {
      const stored = ids.fromKey(key);
      if (!rows.has(stored) && ids.toKey(stored) === key) yield ids.toPublic(stored);
    }
  }

  #checkId(id: NeuronId): void {
    checkArgument("id", id, anId);
    const isInteger = this.#parts.layout.neuron?.type.startsWith("INT");
    if (isInteger && typeof id === "number" && Number.isInteger(id) && !Number.isSafeInteger(id))
      throw new RangeError(`Expected \`id\` to be a bigint beyond 2^53, got the number ${id}`);
  }

  #isNamed(stored: NeuronId): boolean {
    return this.#parts.metadata.has(this.#parts.ids.toKey(stored));
  }

  #metadata(stored: NeuronId): NeuronMetadata {
    const { ids, metadata, defaults } = this.#parts;
    return { ...defaults, ...metadata.read(ids.toPublic(stored), ids.toKey(stored)) };
  }

  async #choose(
    asked: Iterable<NeuronId | number>,
    missing: "throw" | "skip" = "throw",
  ): Promise<NeuronId[]> {
    const { ids, table, warnings } = this.#parts;
    const rows = await this.#placed(undefined, () => table.rows());
    const chosen = new Map<NeuronId, NeuronId>();
    const unknown: NeuronId[] = [];
    for (const id of asked) {
      this.#checkId(id);
      const stored = ids.toStored(id);
      if (stored !== undefined && (rows.has(stored) || this.#isNamed(stored))) {
        chosen.set(stored, ids.toPublic(stored));
      } else unknown.push(id);
    }
    if (unknown.length > 0) {
      const told = unknown.slice(0, 10).map(String).join(", ");
      const message = `has no neuron ${told}${unknown.length > 10 ? `, … (${unknown.length} ids)` : ""}`;
      if (missing === "throw") throw new NeuronError("not-found", message, { file: this.name });
      for (const id of unknown) warnings.push({ neuron: id, message: "is not in the file" });
    }
    return [...chosen.values()];
  }

  async #pieces(stored: NeuronId, columns: readonly Column[], ranges: RowRanges): Promise<Piece[]> {
    const { table, layout } = this.#parts;
    const first = table.sequenceOf(stored);
    if (first === undefined || ranges.length !== 2) return this.#readPieces(columns, ranges);
    const read = columns.filter((column) => column !== layout.nodeId);
    const pieces = await this.#readPieces(read, ranges);
    const rows = (ranges[1] as number) - (ranges[0] as number);
    const values = Int32Array.from({ length: rows }, (_, row) => first + row);
    return columns.map((column) =>
      column === layout.nodeId ? { values } : (pieces[read.indexOf(column)] as Piece),
    );
  }

  async #readPieces(columns: readonly Column[], ranges: RowRanges): Promise<Piece[]> {
    const parts: Piece[][] = columns.map(() => []);
    for (let at = 0; at < ranges.length; at += 2) {
      const groups = await this.#parts.table.read(
        columns,
        ranges[at] as number,
        ranges[at + 1] as number,
      );
      for (const group of groups)
        for (const [column, piece] of group.entries()) parts[column]?.push(piece);
    }
    return ranges.length === 0 ? [] : parts.map(join);
  }

  async #build(
    stored: NeuronId,
    columns: readonly Column[],
    pieces: readonly Piece[],
    options: ReadOptions,
  ): Promise<Neuron> {
    const { layout, connectors, ids, warnings } = this.#parts;
    const neuron = buildNeuron(layout, this.#metadata(stored), columns, pieces);
    if (pieces.length === 0)
      warnings.push({ neuron: neuron.id, message: "has metadata but no rows" });
    const unlabeled = layout.label && pieces[columns.indexOf(layout.label)]?.nulls;
    if (unlabeled) {
      const count = unlabeled.filter((isNull) => isNull === 1).length;
      warnings.push({
        neuron: neuron.id,
        message: `${count} labels are null: read as 0, or as ""`,
      });
    }
    if (!connectors || options.connectors === false) return withOrigin(neuron, this.name);
    const own = await connectors.read(stored, ids.toKey(stored));
    return withOrigin({ ...neuron, connectors: own }, this.name);
  }

  async #placed<T>(neuron: NeuronId | undefined, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw placed(error, { file: this.name, neuron });
    }
  }
}
