import { NeuronError, placed } from "../errors.ts";
import { crc32 } from "../parquet/crc32.ts";
import { type Reader, window } from "../source.ts";
import { inflate } from "./inflate.ts";
import { assertMemberName } from "./member-name.ts";

export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly storedSize: number;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const MAX_DIRECTORY = 2 ** 30;
/** No member may claim more; a SWC file of 10^7 lines has half of it. */
export const MAX_MEMBER_BYTES: number = 2 ** 30;
/** Deflate cannot do better than 1032:1. */
const MAX_RATIO = 1032;

/** The members of a zip, names checked; data stay where they are. A zip library would read them through memory. */
export async function listZip(reader: Reader): Promise<ZipMember[]> {
  try {
    return await list(reader);
  } catch (error) {
    throw placed(error, { file: reader.name });
  }
}

async function list(reader: Reader): Promise<ZipMember[]> {
  const tailStart = Math.max(0, reader.size - END_BYTES - MAX_COMMENT - 20);
  const tail = view(await reader.read(tailStart, reader.size));
  let end = tail.byteLength - END_BYTES;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw new NeuronError("truncated", "the zip has no directory");
  let count = tail.getUint16(end + 10, true);
  let size = tail.getUint32(end + 12, true);
  let offset = tail.getUint32(end + 16, true);
  if ((count === 0xffff || size === 0xffffffff || offset === 0xffffffff) && end >= 20) {
    if (tail.getUint32(end - 20, true) !== LOCATOR64)
      throw new NeuronError("corrupt", "the zip has no ZIP64 end");
    const at = bigOffset(tail, end - 12);
    const record = view(await reader.read(at, Math.min(at + 56, reader.size)));
    if (record.getUint32(0, true) !== END64)
      throw new NeuronError("corrupt", "the zip has no ZIP64 end");
    count = bigOffset(record, 32);
    size = bigOffset(record, 40);
    offset = bigOffset(record, 48);
  }
  if (offset + size > reader.size || size > MAX_DIRECTORY || count * 46 > size) {
    throw new NeuronError("corrupt", "the zip directory does not fit its file");
  }
  const members = entries(view(await reader.read(offset, offset + size)), count, reader.name);
  let stored = 0;
  for (const member of members) stored += member.storedSize;
  // Members that share bytes make a small file unpack to any size.
  if (stored > reader.size) throw new NeuronError("unsafe-archive", "members of the zip overlap");
  return members;
}

function entries(directory: DataView, count: number, file: string): ZipMember[] {
  const members: ZipMember[] = [];
  const decoder = new TextDecoder();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (directory.getUint32(at, true) !== ENTRY)
      throw new NeuronError("corrupt", "the zip directory is broken");
    const flags = directory.getUint16(at + 8, true);
    const nameSize = directory.getUint16(at + 28, true);
    const extraSize = directory.getUint16(at + 30, true);
    const name = decoder.decode(
      new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameSize),
    );
    assertMemberName(name, file);
    if ((flags & 1) === 1)
      throw new NeuronError("unsupported", `member ${JSON.stringify(name)} is encrypted`);
    const sizes = {
      size: directory.getUint32(at + 24, true),
      storedSize: directory.getUint32(at + 20, true),
      offset: directory.getUint32(at + 42, true),
    };
    widen(directory, at + 46 + nameSize, extraSize, sizes);
    const crc = directory.getUint32(at + 16, true);
    members.push({ name, method: directory.getUint16(at + 10, true), crc, ...sizes });
    at += 46 + nameSize + extraSize + directory.getUint16(at + 32, true);
  }
  return members;
}

/** ZIP64 puts the sizes that do not fit 32 bits into an extra field, in this order. */
function widen(
  directory: DataView,
  start: number,
  length: number,
  sizes: { size: number; storedSize: number; offset: number },
): void {
  for (let at = start; at + 4 <= start + length; ) {
    const id = directory.getUint16(at, true);
    const size = directory.getUint16(at + 2, true);
    if (id === 1) {
      let field = at + 4;
      for (const name of ["size", "storedSize", "offset"] as const) {
        if (sizes[name] !== 0xffffffff) continue;
        sizes[name] = bigOffset(directory, field);
        field += 8;
      }
    }
    at += 4 + size;
  }
}

/** A stored member is read in place, a deflated one in memory. */
export async function openMember(reader: Reader, member: ZipMember): Promise<Reader> {
  const { name, method, storedSize, size } = member;
  const offset = await dataOffset(reader, member);
  const label = `${reader.name}/${name}`;
  if (method === 0) return window(reader, offset, storedSize, label);
  const bytes = await unpack(reader, member, offset);
  return {
    name: label,
    size,
    gap: 0,
    read: async (start, end) => bytes.subarray(start, end),
    close: async () => {},
  };
}

export async function readMember(reader: Reader, member: ZipMember): Promise<Uint8Array> {
  return unpack(reader, member, await dataOffset(reader, member));
}

async function dataOffset(reader: Reader, member: ZipMember): Promise<number> {
  const head = view(await reader.read(member.offset, Math.min(member.offset + 30, reader.size)));
  if (head.byteLength < 30 || head.getUint32(0, true) !== LOCAL) {
    throw new NeuronError(
      "corrupt",
      `member ${JSON.stringify(member.name)} is not where the zip says`,
      { file: reader.name },
    );
  }
  return member.offset + 30 + head.getUint16(26, true) + head.getUint16(28, true);
}

async function unpack(reader: Reader, member: ZipMember, offset: number): Promise<Uint8Array> {
  const { name, method, storedSize, size } = member;
  const place = { file: `${reader.name}/${name}` };
  if (size > MAX_MEMBER_BYTES)
    throw new NeuronError(
      "too-large",
      `claims ${size} bytes, the limit is ${MAX_MEMBER_BYTES}`,
      place,
    );
  if (method !== 0 && size > storedSize * MAX_RATIO + 64) {
    throw new NeuronError("unsafe-archive", `claims ${size} bytes out of ${storedSize}`, place);
  }
  const stored = await reader.read(offset, offset + storedSize);
  if (method !== 0 && method !== 8)
    throw new NeuronError("unsupported", `zip method ${method}`, place);
  try {
    const bytes = method === 0 ? stored : await inflate(stored, "deflate-raw", size);
    if (bytes.length !== size)
      throw new NeuronError("corrupt", `unpacks to ${bytes.length} bytes, claims ${size}`);
    if (crc32(bytes) !== member.crc) throw new NeuronError("corrupt", "fails its checksum");
    return bytes;
  } catch (error) {
    throw placed(error, place);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function bigOffset(data: DataView, at: number): number {
  return Number(data.getBigUint64(at, true));
}
