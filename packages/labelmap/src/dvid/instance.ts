import type { Triple } from "../block-layout.ts";
import { LabelmapError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Extents } from "./extents.ts";
import { field, integer, text, triple } from "./fields.ts";

/** What DVID says of a labelmap instance. */
export interface LabelmapInfo {
  name: string;
  /** Unlike the name, unique and never reused. */
  dataUuid: string;
  /** Voxels; every block of every scale has this shape. */
  blockShape: Triple;
  voxelSize: Triple;
  voxelUnits: readonly [x: string, y: string, z: string];
  /** Inclusive voxels of scale 0; absent while nothing is stored, and not touched by `ingest-supervoxels`. */
  extents?: Extents;
  /** Scales run from 0 to this. */
  maxScale: number;
  /** Without them there are no label indices. */
  indexed: boolean;
}

/** @throws {LabelmapError} `unsupported` for another type of data, or blocks that are not stored as gzip. */
export function readLabelmapInfo(info: Json): LabelmapInfo {
  const base = field(info, "Base");
  const extended = field(info, "Extended");
  const name = text(field(base, "Name"), "Name");
  const type = text(field(base, "TypeName"), "TypeName");
  if (type !== "labelmap") {
    throw new LabelmapError("unsupported", `${name} is a ${type}, not a labelmap`);
  }
  const compression = text(field(base, "Compression"), "Compression");
  if (!compression.startsWith("gzip")) {
    throw new LabelmapError("unsupported", `${name} stores blocks with ${compression}, not gzip`);
  }
  const [x, y, z] = Array.isArray(field(extended, "VoxelUnits"))
    ? (field(extended, "VoxelUnits") as Json[])
    : [];
  return {
    name,
    dataUuid: text(field(base, "DataUUID"), "DataUUID"),
    blockShape: blockShape(name, extended),
    voxelSize: triple(field(extended, "VoxelSize"), "VoxelSize"),
    voxelUnits: [text(x, "VoxelUnits"), text(y, "VoxelUnits"), text(z, "VoxelUnits")],
    ...statedExtents(extended),
    maxScale: integer(field(extended, "MaxDownresLevel"), "MaxDownresLevel", 0, 255),
    indexed: field(extended, "IndexedLabels") === true,
  };
}

/** DVID itself cannot read blocks of an odd number of sub-blocks. */
function blockShape(name: string, extended: Json): Triple {
  const shape = triple(field(extended, "BlockSize"), "BlockSize");
  const [x, y, z] = shape;
  if (shape.every((edge) => edge > 0 && edge % 16 === 0) && x * y * z <= 256 ** 3) return shape;
  const reason = `${name} has blocks of ${shape.join(",")} voxels: edges have to be multiples of 16, and 256³ the most`;
  throw new LabelmapError("unsupported", reason);
}

function statedExtents(extended: Json): { extents?: Extents } {
  const [least, most] = [field(extended, "MinPoint"), field(extended, "MaxPoint")];
  if (least === null || most === null) return {};
  const [min, max] = [triple(least, "MinPoint"), triple(most, "MaxPoint")];
  const whole = [...min, ...max].every((place) => (place | 0) === place);
  if (whole && min.every((place, axis) => place <= (max[axis] ?? 0)))
    return { extents: { min, max } };
  const reason = `DVID states extents that cannot be: ${min.join(",")} to ${max.join(",")}`;
  throw new LabelmapError("corrupt", reason);
}
