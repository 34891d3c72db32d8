/** The part of `node:zlib` used where the runtime has it; browsers take the JavaScript ways. */
interface NativeZlib {
  crc32(data: Uint8Array, value?: number): number;
  zstdCompressSync(data: Uint8Array, options: object): Uint8Array;
  zstdDecompressSync(data: Uint8Array, options: object): Uint8Array;
}

interface Runtime {
  process?: { getBuiltinModule?(name: string): unknown };
}

const found = (globalThis as Runtime).process?.getBuiltinModule?.("node:zlib") as
  | Partial<NativeZlib>
  | undefined;

export const nativeZlib: NativeZlib | undefined =
  found?.crc32 && found.zstdCompressSync && found.zstdDecompressSync
    ? (found as NativeZlib)
    : undefined;
