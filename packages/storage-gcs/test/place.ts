import { inject } from "vitest";
import type { GcsPlace } from "./fake-gcs-setup.ts";

/** Where the tests of this package keep their objects. */
export function place(): GcsPlace {
  const found = inject("gcs");
  if (!found) throw new Error("no server: this runs within the vitest project storage-gcs");
  return found;
}
