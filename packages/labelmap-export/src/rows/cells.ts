import { splitIntoCells } from "@pocaduck/vastdb";
import type { CellLayout } from "../plan/plan.ts";
import type { PackedBlock } from "./pack-block.ts";

export interface Cells {
  /** As many as there are columns. */
  bins: (Uint8Array | null)[];
  /** The whole rest where the bins cannot hold it; they are unused then. */
  overflow?: Uint8Array;
}

export function cellsOf({ rest }: Pick<PackedBlock, "rest">, layout: CellLayout): Cells {
  const { count, size, unused } = layout;
  const nothing = unused === "null" ? null : new Uint8Array();
  const bins = splitIntoCells(rest, count, size);
  if (!bins) return { bins: new Array(count).fill(nothing), overflow: rest };
  return { bins: bins.map((bin) => (bin.length === 0 ? nothing : bin)) };
}
