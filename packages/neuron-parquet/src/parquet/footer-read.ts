import { NeuronError } from "../errors.ts";
import type { Reader } from "../source.ts";
import type { Footer } from "./footer.ts";
import { decodeFooter } from "./footer-decode.ts";

const MAGIC = "PAR1";
const MIN_BYTES = 12;

/** Reads the footer in one request when it fits into `tail` bytes, else in two. */
export async function readFooter(reader: Reader, tail: number): Promise<Footer> {
  const { size } = reader;
  if (size < MIN_BYTES)
    throw new NeuronError("not-parquet", `is ${size} bytes, no Parquet file is that short`);
  const start = Math.max(0, size - Math.max(tail, MIN_BYTES));
  const end = await reader.read(start, size);
  const magic = String.fromCharCode(...end.subarray(end.length - 4));
  if (magic === "PARE") throw new NeuronError("unsupported", "is encrypted");
  if (magic !== MAGIC) {
    const head = String.fromCharCode(...(await reader.read(0, 4)));
    if (head === MAGIC) throw new NeuronError("truncated", "begins as Parquet but does not end so");
    throw new NeuronError("not-parquet", "is no Parquet file: it does not end in PAR1");
  }
  const length = new DataView(end.buffer, end.byteOffset + end.length - 8, 4).getUint32(0, true);
  if (length > size - MIN_BYTES) {
    throw new NeuronError("corrupt", `claims a footer of ${length} bytes in a file of ${size}`);
  }
  const from = size - 8 - length;
  return decodeFooter(
    from >= start ? end.subarray(from - start, end.length - 8) : await reader.read(from, size - 8),
  );
}
