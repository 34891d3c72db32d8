import { NeuronError } from "../errors.ts";
import { annotate, CONVERTED, logical } from "./annotations.ts";
import type {
  Chunk,
  Column,
  FileRange,
  Footer,
  KeyValues,
  Nesting,
  PhysicalType,
  RowGroup,
  RowGroups,
} from "./footer.ts";
import { ThriftReader } from "./thrift-read.ts";

const TYPES: readonly PhysicalType[] = [
  "BOOLEAN",
  "INT32",
  "INT64",
  "INT96",
  "FLOAT",
  "DOUBLE",
  "BYTE_ARRAY",
  "FIXED_LEN_BYTE_ARRAY",
];

/** `bytes` is the footer alone, without length and magic. */
export function decodeFooter(bytes: Uint8Array): Footer {
  const reader = new ThriftReader(bytes);
  let rows = 0;
  let elements: Element[] = [];
  let groups: RowGroups | undefined;
  let widths: ReadonlySet<number> = new Set();
  let keyValues: KeyValues = { bytes, ranges: new Uint32Array(0) };
  let createdBy = "";
  reader.struct((id) => {
    if (id === 2) elements = readSchema(reader);
    else if (id === 3) rows = reader.int();
    else if (id === 4) [groups, widths] = readGroups(reader);
    else if (id === 5) keyValues = readKeyValues(reader);
    else if (id === 6) createdBy = reader.text();
    else return false;
    return undefined;
  });
  const columns = leaves(elements);
  for (const width of widths) {
    if (width !== columns.length) {
      throw new NeuronError(
        "corrupt",
        `a row group has ${width} columns, the schema ${columns.length}`,
      );
    }
  }
  groups ??= new FooterGroups(bytes, [], [0]);
  const total = groups.firstRow(groups.length);
  if (total !== rows) {
    throw new NeuronError("corrupt", `row groups hold ${total} rows, the footer says ${rows}`);
  }
  return { rows, columns, groups, keyValues, createdBy };
}

interface Element {
  name: string;
  type: number | undefined;
  typeLength: number;
  repetition: number;
  children: number;
  annotation: Column["annotation"];
  logical: string | undefined;
}

function readSchema(reader: ThriftReader): Element[] {
  const elements: Element[] = [];
  reader.list(() => {
    const element: Element = {
      name: "",
      type: undefined,
      typeLength: 0,
      repetition: 0,
      children: 0,
      annotation: undefined,
      logical: undefined,
    };
    reader.struct((id) => {
      if (id === 1) element.type = reader.int();
      else if (id === 2) element.typeLength = reader.int();
      else if (id === 3) element.repetition = reader.int();
      else if (id === 4) element.name = reader.text();
      else if (id === 5) element.children = reader.int();
      else if (id === 6) annotate(element, CONVERTED[reader.int()]);
      else if (id === 10) annotate(element, logical(reader));
      else return false;
      return undefined;
    });
    elements.push(element);
  });
  return elements;
}

function leaves(elements: readonly Element[]): Column[] {
  const columns: Column[] = [];
  let at = 1;
  const walk = (prefix: string, inside: Nesting | undefined): void => {
    const element = elements[at++];
    if (!element) throw new NeuronError("corrupt", "the schema names more columns than it has");
    const name = prefix === "" ? element.name : `${prefix}.${element.name}`;
    const nested = inside ?? nesting(element);
    if (element.type === undefined) {
      for (let child = 0; child < element.children; child++) walk(name, nested);
      return;
    }
    const type = TYPES[element.type];
    if (!type)
      throw new NeuronError("corrupt", `column "${name}" has unknown type ${element.type}`);
    const { typeLength, annotation, logical: meaning } = element;
    columns.push({
      name,
      index: columns.length,
      type,
      typeLength,
      optional: element.repetition === 1,
      nested,
      annotation,
      logical: meaning ?? (type === "INT96" ? "TIMESTAMP" : undefined),
    });
  };
  for (let child = elements[0]?.children ?? 0; child > 0; child--) walk("", undefined);
  return columns;
}

function nesting({ name, type, repetition, logical: meaning }: Element): Nesting | undefined {
  if (type !== undefined && repetition !== 2) return undefined;
  if (repetition === 2 || meaning === "LIST") return { column: name, type: "LIST" };
  return { column: name, type: meaning === "MAP" ? "MAP" : "STRUCT" };
}

/** Also the numbers of columns that were met. */
function readGroups(reader: ThriftReader): [RowGroups, Set<number>] {
  const starts: number[] = [];
  const firstRows = [0];
  const widths = new Set<number>();
  let firstRow = 0;
  reader.list(() => {
    starts.push(reader.at);
    const { rows, chunks } = readGroup(reader, firstRow);
    widths.add(chunks.length);
    firstRow += rows;
    firstRows.push(firstRow);
  });
  return [new FooterGroups(reader.bytes, starts, firstRows), widths];
}

class FooterGroups implements RowGroups {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array;
  readonly #firstRows: Float64Array;

  constructor(bytes: Uint8Array, starts: readonly number[], firstRows: readonly number[]) {
    this.#bytes = bytes;
    this.#starts = Uint32Array.from(starts);
    this.#firstRows = Float64Array.from(firstRows);
  }

  get length(): number {
    return this.#starts.length;
  }

  firstRow(group: number): number {
    return this.#firstRows[group] ?? Number.NaN;
  }

  get(group: number): RowGroup {
    const start = this.#starts[group];
    if (start === undefined) throw new RangeError(`Expected \`group\` to exist, got ${group}`);
    return readGroup(new ThriftReader(this.#bytes, start), this.firstRow(group));
  }
}

function readGroup(reader: ThriftReader, firstRow: number): RowGroup {
  let rows = 0;
  const chunks: Chunk[] = [];
  reader.struct((id) => {
    if (id === 1) reader.list(() => chunks.push(readChunk(reader)));
    else if (id === 3) rows = reader.int();
    else return false;
    return undefined;
  });
  return { rows, firstRow, chunks };
}

function readChunk(reader: ThriftReader): Chunk {
  let codec = 0;
  let values = 0;
  let size = 0;
  let rawSize = 0;
  let data = -1;
  let dictionary = -1;
  let min: Uint8Array | undefined;
  let max: Uint8Array | undefined;
  let indexOffset = -1;
  let indexSize = 0;
  let elsewhere = false;
  const meta = (id: number): undefined | false => {
    if (id === 4) codec = reader.int();
    else if (id === 5) values = reader.int();
    else if (id === 6) rawSize = reader.int();
    else if (id === 7) size = reader.int();
    else if (id === 9) data = reader.int();
    else if (id === 11) dictionary = reader.int();
    else if (id === 12) {
      reader.struct((field) => {
        // 5 and 6 have a defined order; 1 and 2 are the deprecated signed ones.
        if (field === 5) max = reader.binary();
        else if (field === 6) min = reader.binary();
        else return false;
        return undefined;
      });
    } else return false;
    return undefined;
  };
  reader.struct((id) => {
    if (id === 1) {
      elsewhere = true;
      return false;
    }
    if (id === 3) reader.struct(meta);
    else if (id === 4) indexOffset = reader.int();
    else if (id === 5) indexSize = reader.int();
    else return false;
    return undefined;
  });
  if (elsewhere) throw new NeuronError("unsupported", "its columns lie in another file");
  // Some writers record a dictionary offset of 0 for "none".
  const offset = dictionary > 0 ? Math.min(dictionary, data) : data;
  if ((offset < 4 && values > 0) || size < 0 || values < 0)
    throw new NeuronError("corrupt", "a column has no place");
  const offsetIndex: FileRange | undefined =
    indexOffset > 0 && indexSize > 0 ? { offset: indexOffset, size: indexSize } : undefined;
  return { codec, values, offset, size, rawSize, min, max, offsetIndex };
}

function readKeyValues(reader: ThriftReader): KeyValues {
  const [, length] = reader.listHead();
  const ranges = new Uint32Array(length * 4);
  for (let pair = 0; pair < length; pair++) {
    reader.struct((id) => {
      if (id !== 1 && id !== 2) return false;
      const value = reader.binary();
      const at = pair * 4 + (id - 1) * 2;
      ranges[at] = value.byteOffset - reader.bytes.byteOffset;
      ranges[at + 1] = (ranges[at] ?? 0) + value.length;
      return undefined;
    });
  }
  return { bytes: reader.bytes, ranges };
}
