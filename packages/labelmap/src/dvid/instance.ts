import type { Triple } from "../block-layout.ts";
import { LabelmapError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Extents } from "./extents.ts";
import { field, text, triple } from "./fields.ts";

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
  const [min, max] = [field(extended, "MinPoint"), field(extended, "MaxPoint")];
  return {
    name,
    dataUuid: text(field(base, "DataUUID"), "DataUUID"),
    blockShape: triple(field(extended, "BlockSize"), "BlockSize"),
    voxelSize: triple(field(extended, "VoxelSize"), "VoxelSize"),
    voxelUnits: [text(x, "VoxelUnits"), text(y, "VoxelUnits"), text(z, "VoxelUnits")],
    ...(min !== null &&
      max !== null && { extents: { min: triple(min, "MinPoint"), max: triple(max, "MaxPoint") } }),
    maxScale: Number(field(extended, "MaxDownresLevel")),
    indexed: field(extended, "IndexedLabels") === true,
  };
}
