import { isNoise } from "./archive/member-name.ts";
import { listZip, openMember, type ZipMember } from "./archive/zip-read.ts";
import {
  aFunction,
  anInteger,
  aSignal,
  bytesRule,
  checkedLater,
  checkOptions,
  type Rules,
} from "./check-options.ts";
import { type ConnectorTable, SidecarConnectors } from "./connector-table.ts";
import { isNeuronError, NeuronError, placed } from "./errors.ts";
import { FragmentKeys } from "./fragment-keys.ts";
import { idMapOf } from "./id-map.ts";
import { interruptible } from "./interruptible.ts";
import { KeyIndex, type Keys } from "./key-index.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { FooterMetadata } from "./metadata.ts";
import type { NeuronMetadata, Warning } from "./model.ts";
import { NeurarrowConnectors } from "./neurarrow-connectors.ts";
import { NeuronFile } from "./neuron-file.ts";
import { INDEX_KEY, indexPlace, readNeuronIndex } from "./neuron-index.ts";
import { NeuronTable } from "./neuron-table.ts";
import { nodeModule } from "./node-module.ts";
import type { Footer } from "./parquet/footer.ts";
import { readFooter } from "./parquet/footer-read.ts";
import { useSideIndex } from "./side-index.ts";
import { sidecarName } from "./sidecar.ts";
import { type NeuronSource, openReader, type Reader, withTail } from "./source.ts";
import { TableKeys } from "./table-keys.ts";

export interface OpenOptions {
  /** The connectors file, where it cannot be found: beside a path it is looked for by name. False: read none. */
  connectors?: NeuronSource | false;
  /** What {@link NeuronFile.sideIndex} gave for this very file. */
  index?: Uint8Array;
  /** Bytes fetched from the end first; a footer that fits costs no second request. Default 128 KiB. */
  tailSize?: number;
  /**
   * Called while the pages of a file without page index are searched, which takes a while the first time: for each step, how many rows of
   * one column were passed, and how many are to pass.
   */
  onSearch?: (passed: number, of: number) => void;
  /** Once aborted, reads reject with its reason; until then they let timers and signals have a turn. */
  signal?: AbortSignal | undefined;
}

/**
 * Opens a file of neurons of any dialect, or a zip of one, reading only its footer.
 * @throws {NeuronError} `unreadable`, `not-parquet`, `truncated`, `corrupt`, `unsupported` or `wrong-columns`.
 */
export async function openNeurons(
  source: NeuronSource,
  options: OpenOptions = {},
): Promise<NeuronFile> {
  checkOptions(options, openRules);
  return openFile(source, options, []);
}

const openRules: Rules<OpenOptions> = {
  connectors: checkedLater,
  index: bytesRule,
  tailSize: anInteger(12),
  onSearch: aFunction,
  signal: aSignal,
};

/** `warnings`: what was met before the file was opened; the file adds to them. */
export async function openFile(
  source: NeuronSource,
  options: OpenOptions,
  warnings: Warning[],
): Promise<NeuronFile> {
  const { tailSize = 128 * 1024, signal } = options;
  signal?.throwIfAborted();
  const plain = await openReader(source, tailSize, signal);
  const opened: Reader = {
    ...(signal ? interruptible(plain, signal) : plain),
    onSearch: options.onSearch,
  };
  let reader = opened;
  try {
    if (opened.size > 0) reader = await withTail(opened, tailSize);
    const footer = await footerOrNothing(reader, tailSize);
    if (!footer) return await openZip(reader, options, tailSize, warnings);
    const sidecar =
      options.connectors === false
        ? undefined
        : await findSidecar(source, options.connectors, tailSize);
    return await openTable({ reader, footer, sidecar, tailSize, warnings, index: options.index });
  } catch (error) {
    await reader.close();
    throw placed(error, { file: reader.name });
  }
}

/** Nothing for a zip, which only its beginning tells; the end is read first, since a footer stands there. */
async function footerOrNothing(reader: Reader, tailSize: number): Promise<Footer | undefined> {
  try {
    return await readFooter(reader, tailSize);
  } catch (error) {
    if (!isNeuronError(error, "not-parquet") || reader.size < 4) throw error;
    const [p, k, third] = await reader.read(0, 4);
    if (p === 0x50 && k === 0x4b && (third === 3 || third === 5)) return undefined;
    throw error;
  }
}

interface TableParts {
  readonly reader: Reader;
  readonly footer: Footer;
  readonly sidecar: Reader | undefined;
  readonly tailSize: number;
  readonly warnings: Warning[];
  readonly index?: Uint8Array | undefined;
}

async function openTable(parts: TableParts): Promise<NeuronFile> {
  const { reader, footer, sidecar, tailSize, warnings, index: sideIndex } = parts;
  const layout = layoutOf(footer.columns);
  const warn = (warning: Warning): void => {
    warnings.push(warning);
  };
  const isNeurarrow = layout.dialect === "neurarrow";
  let keys: Keys = isNeurarrow
    ? new FragmentKeys(footer.keyValues)
    : new KeyIndex(footer.keyValues);
  const indexPair = keys.fileLevel.find((pair) => keys.key(pair) === INDEX_KEY);
  const place = indexPlace(
    footer,
    indexPair === undefined ? undefined : keys.value(indexPair).text,
  );
  const table = new NeuronTable(reader, footer, layout.neuron);
  if (place) {
    const index = await readNeuronIndex(reader, place, footer.rows);
    table.setRows(index.rows);
    if (index.metadata) keys = new TableKeys(keys, index.metadata);
  }
  if (sideIndex) await useSideIndex(table, sideIndex, reader.size);
  const metadata = new FooterMetadata(keys, warn);
  const originals = new Map<string, string>();
  if (isNeurarrow) {
    for (const fragment of keys.ids()) {
      const original = keys.properties(fragment).find(({ name }) => name === "id");
      if (original) originals.set(fragment, original.value.text);
    }
  }
  for (const key of metadata.foreignKeys().slice(0, 100)) {
    warn({ message: `key ${JSON.stringify(key)} belongs to no neuron` });
  }
  const connectors = sidecar && (await openSidecar(sidecar, table, layout, tailSize));
  for (const { name, type } of layout.leftOut)
    warn({ message: `column "${name}" is ${type}: left out` });
  for (const { name, type } of connectors?.leftOut ?? [])
    warn({ message: `column "${name}" of the connectors is ${type}: left out` });
  return new NeuronFile({
    reader,
    table,
    layout,
    metadata,
    ids: idMapOf(layout, metadata, originals),
    connectors,
    defaults: isNeurarrow ? fileDefaults(layout, metadata) : {},
    warnings,
  });
}

async function openSidecar(
  reader: Reader,
  main: NeuronTable,
  layout: Layout,
  tailSize: number,
): Promise<ConnectorTable> {
  try {
    const footer = await readFooter(reader, tailSize);
    const isNeurarrow = footer.columns.some(({ name }) => name.startsWith("src_sample_ids"));
    return isNeurarrow
      ? new NeurarrowConnectors(reader, footer, main, layout)
      : new SidecarConnectors(reader, footer);
  } catch (error) {
    throw placed(error, { file: reader.name });
  }
}

/** neurarrow gives units and k once for the file. */
function fileDefaults(layout: Layout, metadata: FooterMetadata): Omit<NeuronMetadata, "id"> {
  const unit = metadata.file.get("unit");
  const k = Number(metadata.file.get("neighborhood_size"));
  return {
    ...(unit === undefined || unit === "" ? {} : { units: `1 ${unit}` }),
    ...(layout.kind === "dotprops" && Number.isInteger(k) && k > 0 ? { k } : {}),
  };
}

async function findSidecar(
  source: NeuronSource,
  given: NeuronSource | undefined,
  tailSize: number,
): Promise<Reader | undefined> {
  if (given !== undefined) return openReader(given, tailSize);
  if (typeof source !== "string" || /^[a-z][a-z0-9+.-]+:/i.test(source)) return undefined;
  const path = sidecarName(source);
  return nodeModule("node:fs")?.existsSync(path) ? openReader(path, tailSize) : undefined;
}

const CONNECTORS = /(^|[/.])(synapses|connectors)\.parquet$/i;

async function openZip(
  reader: Reader,
  options: OpenOptions,
  tailSize: number,
  warnings: Warning[],
): Promise<NeuronFile> {
  const members = (await listZip(reader)).filter(
    ({ name }) => /\.parquet$/i.test(name) && !isNoise(name),
  );
  const table = only(
    members.filter(({ name }) => !CONNECTORS.test(name)),
    "tables of neurons",
  );
  if (!table) throw new NeuronError("not-parquet", "the zip holds no .parquet of neurons");
  const synapses = only(
    members.filter(({ name }) => CONNECTORS.test(name)),
    "tables of synapses",
  );
  const sidecar =
    synapses && options.connectors !== false ? await openMember(reader, synapses) : undefined;
  const inner = await openMember(reader, table);
  const footer = await readFooter(inner, tailSize);
  const main = { ...inner, close: () => reader.close() };
  return openTable({ reader: main, footer, sidecar, tailSize, warnings });
}

function only(members: readonly ZipMember[], what: string): ZipMember | undefined {
  if (members.length > 1) {
    const names = members.map(({ name }) => JSON.stringify(name)).join(", ");
    throw new NeuronError("invalid-input", `the zip holds ${members.length} ${what}: ${names}`);
  }
  return members[0];
}
