import { writeFileSync } from "node:fs";
import { crc32, encodeFences, type Fence } from "@pocaduck/format";

/** Fences that a manifest may hold itself: some 30 KB. */
const inline = 1500;
/** Fences of a page, which one request fetches. */
const pageLength = 2048;

/**
 * The way into the leaves. Up to 1,500 fences are the root itself. More are cut into pages of 2,048, the last one
 * shorter, which lie one after another in a file at `path`, each as `encodeFences` makes it; the root then holds a
 * fence for each page: `first` and `continued` are those of its first leaf, `rows` is how many leaves it has,
 * `offset`, `size` and `crc` tell of its bytes, `file` and `codecs` are 0.
 */
export function buildRoot(
  fences: readonly Fence[],
  path: string,
): { root: Uint8Array; rootPages?: string } {
  if (fences.length <= inline) return { root: encodeFences(fences) };
  const pages: Uint8Array[] = [];
  const pageFences: Fence[] = [];
  let offset = 0;
  for (let start = 0; start < fences.length; start += pageLength) {
    const page = fences.slice(start, start + pageLength);
    const bytes = encodeFences(page);
    const { first, continued } = page[0] as Fence;
    pageFences.push({
      first,
      continued,
      file: 0,
      offset,
      size: bytes.length,
      rows: page.length,
      crc: crc32(bytes),
      codecs: 0,
    });
    pages.push(bytes);
    offset += bytes.length;
  }
  writeFileSync(path, Buffer.concat(pages), { flush: true });
  return { root: encodeFences(pageFences), rootPages: path };
}
