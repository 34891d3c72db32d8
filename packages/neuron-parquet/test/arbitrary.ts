import fc from "fast-check";
import type { Connectors, Dotprops, Neuron, PropertyValue, Skeleton } from "../src/index.ts";

const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const idText = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((text) => text.isWellFormed() && !text.includes(":") && !text.startsWith("_"));

const scalar: fc.Arbitrary<PropertyValue> = fc.oneof(
  fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed()),
  fc.double(),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
  fc.boolean(),
);
const value: fc.Arbitrary<PropertyValue> = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.constant(null),
);
const properties = fc.dictionary(
  fc.constantFrom("cell type", "n", "flag", "__proto__", "über", "long.name"),
  value,
  { maxKeys: 4 },
);

const units = fc.constantFrom(undefined, "8 nanometer", "1 micrometer", "1 dimensionless", [
  "4 nanometer",
  "4 nanometer",
  "40 nanometer",
] as const);
const name = fc.option(fc.string({ maxLength: 10 }), { nil: undefined });

const skeleton: fc.Arbitrary<Omit<Skeleton, "id">> = fc
  .record({
    parents: fc.array(fc.nat(), { maxLength: 40 }),
    wide: fc.boolean(),
    units,
    name,
    properties,
    hasRadius: fc.boolean(),
    hasLabel: fc.boolean(),
    somas: fc.nat(3),
    seed: fc.infiniteStream(float),
  })
  .map(
    ({
      parents,
      wide,
      units: unit,
      name: own,
      properties: props,
      hasRadius,
      hasLabel,
      somas,
      seed,
    }) => {
      const rows = parents.length;
      const offset = wide ? 2 ** 40 : 0;
      const ids = parents.map((_, row) => row + offset);
      const parentIds = parents.map((parent, row) =>
        row === 0 || parent % 9 === 0 ? -1 : (ids[parent % row] as number),
      );
      const floats = (): Float32Array =>
        Float32Array.from({ length: rows }, () => seed.next().value as number);
      const isWide = wide && rows > 0;
      return {
        kind: "skeleton",
        nodeId: isWide ? BigInt64Array.from(ids, BigInt) : Int32Array.from(ids),
        parentId: isWide ? BigInt64Array.from(parentIds, BigInt) : Int32Array.from(parentIds),
        x: floats(),
        y: floats(),
        z: floats(),
        ...(hasRadius
          ? { radius: floats().map((r, row) => (row % 3 === 1 ? Number.NaN : r)) }
          : {}),
        ...(hasLabel ? { label: Int32Array.from({ length: rows }, (_, row) => row % 8) } : {}),
        ...(unit ? { units: unit } : {}),
        ...(own === undefined ? {} : { name: own }),
        ...(somas > 0 && rows >= somas ? { soma: ids.slice(0, somas) } : {}),
        ...(Object.keys(props).length > 0 ? { properties: props } : {}),
      } as Omit<Skeleton, "id">;
    },
  );

const ids: fc.Arbitrary<(bigint | string)[]> = fc.oneof(
  fc.uniqueArray(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), {
    minLength: 1,
    maxLength: 6,
  }),
  fc.uniqueArray(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1, maxLength: 6 }),
  fc.uniqueArray(idText, { minLength: 1, maxLength: 6 }),
);

/** A few neurons with the same columns, as a file has. */
export const skeletons: fc.Arbitrary<Skeleton[]> = fc
  .tuple(ids, fc.array(skeleton, { minLength: 6, maxLength: 6 }), fc.boolean(), fc.boolean())
  .map(([names, all, radius, label]) =>
    names.map((id, at) => {
      const { radius: r, label: l, ...rest } = all[at] as Omit<Skeleton, "id">;
      const rows = rest.x.length;
      return {
        ...rest,
        id,
        ...(radius ? { radius: r ?? new Float32Array(rows).fill(Number.NaN) } : {}),
        ...(label ? { label: l ?? new Int32Array(rows) } : {}),
      };
    }),
  );

/** A tree of `rows` nodes made by a small random generator. */
export function makeSkeleton(
  id: bigint | string,
  rows: number,
  more: Partial<Skeleton> = {},
): Skeleton {
  let seed = 12345 + rows;
  const random = (): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const column = (): Float32Array =>
    Float32Array.from({ length: rows }, () => Math.round(random() * 30000));
  return {
    kind: "skeleton",
    id,
    nodeId: Int32Array.from({ length: rows }, (_, row) => row + 1),
    parentId: Int32Array.from({ length: rows }, (_, row) =>
      row === 0 ? -1 : 1 + Math.floor(random() * row),
    ),
    x: column(),
    y: column(),
    z: column(),
    radius: Float32Array.from({ length: rows }, () => Math.round(random() * 300) + 1),
    label: Int32Array.from({ length: rows }, (_, row) => (row === 0 ? 1 : 0)),
    name: `made ${id}`,
    units: "8 nanometer",
    soma: [1],
    ...more,
  };
}

export function makeDotprops(
  id: bigint | string,
  rows: number,
  more: Partial<Dotprops> = {},
): Dotprops {
  const { x, y, z } = makeSkeleton(id, rows);
  const unit = Float32Array.from({ length: rows }, (_, row) => (row % 2 === 0 ? 1 : 0));
  return {
    kind: "dotprops",
    id,
    x,
    y,
    z,
    vectors: { x: unit, y: unit.map((v) => 1 - v), z: new Float32Array(rows) },
    alpha: new Float32Array(rows).fill(0.5),
    k: 20,
    name: `points ${id}`,
    units: "8 nanometer",
    ...more,
  };
}

export function makeConnectors(neuron: Skeleton, rows: number): Connectors {
  const every = (make: (row: number) => number): Float32Array =>
    Float32Array.from({ length: rows }, (_, row) => make(row));
  return {
    connectorId: Int32Array.from({ length: rows }, (_, row) => row),
    nodeId: Int32Array.from({ length: rows }, (_, row) =>
      Number(neuron.nodeId[row % neuron.nodeId.length]),
    ),
    type: Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? "post" : "pre")),
    x: every((row) => row),
    y: every((row) => row * 2),
    z: every((row) => row * 3),
    attributes: { roi: Array.from({ length: rows }, (_, row) => (row % 4 === 0 ? "" : "LH(R)")) },
  };
}

export async function all(neurons: AsyncIterable<Neuron>): Promise<Neuron[]> {
  const out: Neuron[] = [];
  for await (const neuron of neurons) out.push(neuron);
  return out;
}
