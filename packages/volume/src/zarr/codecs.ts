import { registry } from "zarrita";
import { VolumeError } from "../errors.ts";
import { plain } from "../unpack.ts";
import type { ZarrArray } from "./array.ts";
import { checkCrc32c } from "./crc32c.ts";

type Loader = NonNullable<ReturnType<typeof registry.get>>;
type Entry = Awaited<ReturnType<Loader>>;
type Decode = (bytes: Uint8Array, decodedSize: number) => Uint8Array;

const itemSizes: Record<string, number> = { uint8: 1, uint16: 2, uint32: 4, uint64: 8 };
const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
let registered = false;

/**
 * zarrita's own gzip is a stream per chunk, its zstd is WebAssembly at half the speed of Node's, its crc32c
 * does not look at the checksum, and its blosc reads past the end of a chunk that was cut short.
 */
function register(): void {
  if (registered) return;
  registered = true;
  const add = (name: string, loader: Loader) => {
    registry.set(name, loader).set(`numcodecs.${name}`, loader);
  };
  add("crc32c", async () => ({
    fromConfig: () => ({
      ...decoder("crc32c", checkCrc32c),
      computeEncodedSize: (size: number) => size + 4,
    }),
  }));
  if (zlib) {
    // Room for one voxel more than there should be: with an exact fit zlib asks for another buffer.
    const options = (size: number) => ({
      chunkSize: Math.max(64, size + 8),
      maxOutputLength: size + 8,
    });
    const native = (name: string, decode: Decode) => {
      add(name, async () => ({
        fromConfig: (_config, meta) => {
          const itemSize = itemSizes[meta.dataType] ?? 8;
          const size = meta.shape.reduce((product, length) => product * length, itemSize);
          return decoder(name, (bytes) => plain(decode(bytes, size)));
        },
      }));
    };
    native("zstd", (bytes, size) => zlib.zstdDecompressSync(bytes, options(size)));
    native("gzip", (bytes, size) => zlib.gunzipSync(bytes, options(size)));
    native("zlib", (bytes, size) => zlib.inflateSync(bytes, options(size)));
  }
  const blosc = registry.get("blosc");
  if (blosc) add("blosc", async () => checkedBlosc(await blosc()));
}

function decoder(
  name: string,
  decode: (bytes: Uint8Array) => Uint8Array,
): ReturnType<Entry["fromConfig"]> {
  const encode = (): never => {
    throw new Error(`${name} is only decoded here`);
  };
  return { kind: "bytes_to_bytes", encode, decode };
}

function checkedBlosc({ fromConfig }: Entry): Entry {
  return {
    fromConfig(_config, meta) {
      // The header says how a chunk was packed; the configuration only how others would be.
      const inner = fromConfig({}, meta);
      return {
        kind: "bytes_to_bytes",
        encode: inner.encode,
        async decode(bytes: Uint8Array) {
          const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
          const size = bytes.length < 16 ? 16 : header.getUint32(12, true);
          if (size !== bytes.length) throw new Error(`needs ${size} bytes, has ${bytes.length}`);
          return inner.decode(bytes);
        },
      };
    },
  };
}

/** Makes this package's codecs known to zarrita, and refuses an array that needs one nobody has. */
export function assertCodecs({ key, codecs, sharding }: ZarrArray): void {
  register();
  for (const { name } of codecs) {
    if (registry.has(name)) continue;
    const plain = name.replace("numcodecs.", "");
    throw new VolumeError(
      "unsupported",
      key,
      `needs the codec ${JSON.stringify(plain)}, which is not supported`,
    );
  }
  for (const { name, configuration } of sharding?.indexCodecs ?? []) {
    const plain = name === "bytes" && configuration.endian !== "big";
    if (plain || name === "crc32c") continue;
    const codec = JSON.stringify({ name, configuration });
    throw new VolumeError(
      "unsupported",
      key,
      `needs the shard index codec ${codec}, which is not supported`,
    );
  }
}
