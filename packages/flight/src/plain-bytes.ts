/** The same bytes without `Buffer`, whose `slice` aliases where `Uint8Array`'s copies. */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
