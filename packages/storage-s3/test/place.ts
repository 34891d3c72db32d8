import { inject } from "vitest";
import type { S3Place } from "./minio-setup.ts";

/** Where the tests of this package keep their objects. */
export function place(): S3Place {
  const found = inject("s3");
  if (!found) throw new Error("no server: this runs within the vitest project storage-s3");
  return found;
}
