import type { PointCloud } from "@pocaduck/query";
import type { CloudSource } from "./cloud-source.ts";

const encoder = new TextEncoder();

/**
 * One object for a label, a list of them for several; 64-bit integers as strings. A label is read again for each
 * attribute, since JSON wants each in one piece and a label may not fit in memory.
 */
export async function* toJson(source: CloudSource): AsyncGenerator<Uint8Array> {
  const several = source.labels.length !== 1;
  if (several) yield encoder.encode("[");
  for (const [at, label] of source.labels.entries()) {
    yield encoder.encode(
      `${at > 0 ? "," : ""}{"label":"${label}","length":${source.lengths[at]},"positions":`,
    );
    yield* list(source.partsOf(label), positionsOf);
    yield encoder.encode(',"attributes":{');
    for (const [index, name] of Object.keys(source.schema.attributes).entries()) {
      yield encoder.encode(`${index > 0 ? "," : ""}${JSON.stringify(name)}:`);
      yield* list(source.partsOf(label), ({ attributes }) =>
        Array.from(attributes[name] as ArrayLike<unknown>, text),
      );
    }
    yield encoder.encode("}}");
  }
  yield encoder.encode(several ? "]\n" : "\n");
}

async function* list(
  parts: AsyncIterable<PointCloud>,
  texts: (part: PointCloud) => string[],
): AsyncGenerator<Uint8Array> {
  let comma = "[";
  for await (const part of parts) {
    if (part.length === 0) continue;
    yield encoder.encode(`${comma}${texts(part).join()}`);
    comma = ",";
  }
  yield encoder.encode(comma === "[" ? "[]" : "]");
}

function positionsOf({ axes: { length: axes }, positions, length }: PointCloud): string[] {
  const quote = typeof positions[0] === "bigint" ? '"' : "";
  return Array.from({ length }, (_, point) => {
    const place = positions.subarray(point * axes, (point + 1) * axes);
    return `[${quote}${place.join(`${quote},${quote}`)}${quote}]`;
  });
}

function text(value: unknown): string {
  return JSON.stringify(typeof value === "bigint" ? String(value) : value);
}
