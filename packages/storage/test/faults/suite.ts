import { describe } from "vitest";
import { Lab, type ReadSuspect, type Suspect } from "./lab.ts";
import { readFaults } from "./read-faults.ts";
import { retryFaults } from "./retry-faults.ts";
import { writeFaults } from "./write-faults.ts";

/** Every fault of a connection or a server, between the client library and the real server. */
export function describeFaults(suspect: Suspect): void {
  describe(suspect.name, () => {
    const lab = new Lab(suspect);
    describe("reads", () => readFaults(lab));
    describe("retries", () => retryFaults(lab));
    describe("writes", () => writeFaults(lab));
  });
}

/** The same, for what can only be read. */
export function describeReadFaults(suspect: ReadSuspect): void {
  describe(suspect.name, () => {
    const lab = new Lab(suspect);
    describe("reads", () => readFaults(lab));
    describe("retries", () => retryFaults(lab));
  });
}
