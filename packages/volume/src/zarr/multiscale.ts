import { type Document, isDocument } from "../document.ts";
import type { Metadata } from "../metadata.ts";
import type { Placement } from "./axes.ts";
import type { ZarrNode } from "./node.ts";

/** One scale of an OME-Zarr image. */
export interface MultiscaleLevel {
  /** Relative to the group. */
  path: string;
  axisNames: string[] | undefined;
  placements: Placement[];
}

const shortUnits: Record<string, string> = { nanometer: "nm", micrometer: "um", millimeter: "mm" };

/**
 * Picks a scale of the first OME-Zarr image in a group, by number (0 is the finest) or by the path of its array.
 * `undefined` where the group is no image.
 */
export function readMultiscale(
  metadata: Metadata,
  { attributes }: ZarrNode,
  scale: number | string,
): MultiscaleLevel | undefined {
  // Version 0.5 puts its attributes below "ome".
  const { multiscales } = isDocument(attributes.ome) ? attributes.ome : attributes;
  if (multiscales === undefined) return undefined;
  const [image] = list(metadata, "multiscales", multiscales);
  const { datasets: listed, axes, coordinateTransformations: outer } = image ?? {};
  const datasets = list(metadata, "multiscales datasets", listed);
  const paths = datasets.map(({ path }) => metadata.text("multiscales path", path));
  const at = typeof scale === "number" ? scale : paths.indexOf(scale);
  const [dataset, path] = [datasets[at], paths[at]];
  if (dataset === undefined || path === undefined) {
    const known = paths.map((name, i) => `${i} (${JSON.stringify(name)})`).join(", ");
    throw new RangeError(`Expected \`scale\` to be one of ${known}, got ${JSON.stringify(scale)}`);
  }
  const axisList = readAxes(metadata, axes);
  const inner = place(metadata, dataset.coordinateTransformations);
  const whole = place(metadata, outer);
  const rank = axisList?.length ?? Math.max(inner.scale.length, whole.scale.length);
  const placements = Array.from({ length: rank }, (_, axis): Placement => {
    const [s, t] = [whole.scale[axis] ?? 1, whole.translation[axis] ?? 0];
    const unit = axisList?.[axis]?.unit;
    return {
      resolution: s * (inner.scale[axis] ?? 1),
      offset: s * (inner.translation[axis] ?? 0) + t,
      ...(unit !== undefined && { unit }),
    };
  });
  return { path, axisNames: axisList?.map(({ name }) => name), placements };
}

/** Up to version 0.3 axes are bare names, or not listed. */
function readAxes(
  metadata: Metadata,
  value: unknown,
): { name: string; unit?: string }[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw metadata.invalid("multiscales axes", value);
  return value.map((axis: unknown) => {
    if (typeof axis === "string") return { name: axis };
    const { name, unit } = metadata.document("multiscales axes", axis);
    return {
      name: metadata.text("axis name", name),
      ...(typeof unit === "string" && { unit: shortUnits[unit] ?? unit }),
    };
  });
}

/** A scale, then a translation. */
function place(metadata: Metadata, value: unknown): { scale: number[]; translation: number[] } {
  const placed: { scale: number[]; translation: number[] } = { scale: [], translation: [] };
  for (const transformation of list(metadata, "coordinateTransformations", value ?? [])) {
    const { type } = transformation;
    if (type === "identity") continue;
    if (type !== "scale" && type !== "translation") {
      throw metadata.unsupported(`has a coordinate transformation of type ${JSON.stringify(type)}`);
    }
    const numbers = transformation[type];
    const sound = Array.isArray(numbers) && numbers.every((n) => Number.isFinite(n));
    if (!sound) throw metadata.invalid(`coordinateTransformations ${type}`, numbers);
    placed[type] = numbers;
  }
  return placed;
}

function list(metadata: Metadata, name: string, value: unknown): Document[] {
  if (!Array.isArray(value)) throw metadata.invalid(name, value);
  return value.map((item) => metadata.document(name, item));
}
