/** Slots of the flatbuffer tables that Arrow's format defines, as byte offsets into a vtable. */
const footer = { schema: 6, dictionaries: 8, batches: 10 };
const message = { version: 4, kind: 6, header: 8, bodyLength: 10 };
const batch = { length: 4, nodes: 6, buffers: 8, compression: 10, variadic: 12 };
const schema = { fields: 6, metadata: 8 };
const pair = { key: 4, value: 6 };
const field = { name: 4, typeId: 8, type: 10, dictionary: 12, children: 14, metadata: 16 };

const SCHEMA = 1;
const DICTIONARY = 2;
const UNION = 14;
/** Times that a compressed column may be larger than its bytes. */
const SWELL = 255;
/** Batches of versions before 4, counted from 0, have 8 bytes more a buffer. */
const V4 = 3;

/** Upper bounds of what one file may claim, whatever its offsets say: no part of it is as long as the file. */
interface Claims {
  entries: number;
  rows: number;
}

/**
 * Follows every length and offset of an Arrow file or stream that a decoder would believe, so that what it then reads ends.
 * @returns the rows of all batches
 * @throws {RangeError}
 */
export function assertArrow(bytes: Uint8Array): number {
  const claims: Claims = { entries: bytes.length, rows: bytes.length * 8 * SWELL };
  const isFile = bytes.length >= 6 && String.fromCharCode(...bytes.subarray(0, 6)) === "ARROW1";
  if (!isFile) {
    let rows = 0;
    for (let at = 0; at + 4 <= bytes.length; ) {
      const found = checkMessage(bytes, at, claims);
      if (!found) break;
      rows += found.rows;
      at = found.end;
    }
    return rows;
  }
  const all = new Flat(bytes, claims);
  const end = bytes.length - 10;
  const size = all.view.getInt32(end, true);
  if (size <= 0 || size > end) throw new RangeError(`the footer claims ${size} bytes`);
  const slot = all.table(end - size);
  const fields = slot(footer.schema);
  if (fields) checkSchema(all, fields);
  let rows = 0;
  for (const [list, isCounted] of [
    [slot(footer.dictionaries), false],
    [slot(footer.batches), true],
  ] as const)
    all.vector(list, 24, (at) => {
      const found = checkMessage(bytes, all.size(at, bytes.length), claims);
      if (found && isCounted) rows += found.rows;
    });
  return rows;
}

/** Undefined at the end of a stream. */
function checkMessage(
  bytes: Uint8Array,
  start: number,
  claims: Claims,
): { rows: number; end: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = start + 4;
  let length = view.getInt32(start, true);
  if (length === -1) {
    length = view.getInt32(at, true);
    at += 4;
  }
  if (length === 0) return undefined;
  if (length < 0 || at + length > bytes.length)
    throw new RangeError(`a message claims ${length} bytes`);
  const flat = new Flat(bytes.subarray(at, at + length), claims);
  at += length;
  const slot = flat.table(0);
  const header = slot(message.header);
  if (!header) return { rows: 0, end: at };
  const bodyAt = slot(message.bodyLength);
  const body = bodyAt === undefined ? 0 : flat.size(bodyAt, bytes.length - at);
  const version = numberAt(slot(message.version), (place) => flat.view.getInt16(place, true));
  const kind = numberAt(slot(message.kind), (place) => flat.view.getUint8(place));
  let rows = 0;
  if (kind === SCHEMA) checkSchema(flat, header);
  else if (kind !== DICTIONARY) rows = checkBatch(flat, header, { body, version });
  else {
    const data = flat.table(header)(6);
    if (data) checkBatch(flat, data, { body, version });
  }
  return { rows, end: at + body };
}

function checkBatch(
  flat: Flat,
  at: number,
  { body, version }: { body: number; version: number },
): number {
  const slot = flat.table(at);
  // A row takes a bit at least.
  const most = slot(batch.compression) === undefined ? body * 8 : flat.claims.rows;
  const rows = numberAt(slot(batch.length), (place) => flat.size(place, most));
  flat.claims.rows -= rows;
  if (flat.claims.rows < 0) throw new RangeError("batches claim more rows than there are bits");
  flat.vector(slot(batch.nodes), 16, (node) => {
    flat.size(node, most);
    flat.size(node + 8, most);
  });
  const extra = version < V4 ? 8 : 0;
  flat.vector(slot(batch.buffers), 16 + extra, (region) => {
    const offset = flat.size(region + extra, body);
    flat.size(region + extra + 8, body - offset);
  });
  flat.vector(slot(batch.variadic), 8, (count) => flat.size(count, flat.view.byteLength));
  return rows;
}

function checkSchema(flat: Flat, at: number): void {
  const slot = flat.table(at);
  flat.vector(slot(schema.fields), 4, (place) => checkField(flat, place));
  flat.vector(slot(schema.metadata), 4, (place) => checkPair(flat, place));
}

function checkPair(flat: Flat, at: number): void {
  const slot = flat.table(at);
  if (!slot(pair.key) || !slot(pair.value)) throw new RangeError("metadata has no key or no value");
}

function checkField(flat: Flat, at: number): void {
  const slot = flat.table(at);
  if (!slot(field.name)) throw new RangeError("a field has no name");
  const type = slot(field.type);
  const typeId = numberAt(slot(field.typeId), (place) => flat.view.getUint8(place));
  if (type && typeId === UNION) flat.vector(flat.table(type)(6), 4, () => undefined);
  const dictionary = slot(field.dictionary);
  if (dictionary) flat.table(dictionary);
  flat.vector(slot(field.children), 4, (place) => checkField(flat, place));
  flat.vector(slot(field.metadata), 4, (place) => checkPair(flat, place));
}

function numberAt(place: number | undefined, read: (place: number) => number): number {
  return place === undefined ? 0 : read(place);
}

/** A flatbuffer, of which nothing beyond its bytes is read: a `DataView` throws. */
class Flat {
  readonly view: DataView;
  readonly claims: Claims;

  constructor(bytes: Uint8Array, claims: Claims) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.claims = claims;
  }

  /** The table that is referred to at `at`, as a function that finds the place of what a slot holds. */
  table(at: number): (slot: number) => number | undefined {
    const place = this.#follow(at);
    const vtable = place - this.view.getInt32(place, true);
    const size = this.view.getInt16(vtable, true);
    return (slot) => {
      const offset = slot < size ? this.view.getInt16(vtable + slot, true) : 0;
      return offset === 0 ? undefined : place + offset;
    };
  }

  vector(at: number | undefined, stride: number, visit: (at: number) => unknown): void {
    if (at === undefined) return;
    const place = this.#follow(at);
    const length = this.view.getInt32(place, true);
    if (length < 0 || place + 4 + length * stride > this.view.byteLength)
      throw new RangeError(`a list claims ${length} entries`);
    // Offsets only lead on, so no list holds itself; two that lead to one list are counted twice.
    this.claims.entries -= length;
    if (this.claims.entries < 0) throw new RangeError("lists claim more entries than bytes");
    for (let index = 0; index < length; index++) visit(place + 4 + index * stride);
  }

  /** 64 bits that count something of which there are at most `most`. */
  size(at: number, most: number): number {
    const value = this.view.getBigInt64(at, true);
    if (value < 0n || value > BigInt(most))
      throw new RangeError(`${value} is claimed where ${most} is the most`);
    return Number(value);
  }

  #follow(at: number): number {
    const offset = this.view.getInt32(at, true);
    if (offset <= 0) throw new RangeError("an offset leads back");
    return at + offset;
  }
}
