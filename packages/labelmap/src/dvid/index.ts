export { type CallOptions, DvidConnection, type DvidOptions } from "./connection.ts";
export { blockRange, type Extents } from "./extents.ts";
export { type BlockFrame, type FrameLimits, readFrames, writeFrames } from "./frames.ts";
export type { LabelmapInfo } from "./instance.ts";
export type { LabelSize } from "./label-list.ts";
export {
  type BlockOptions,
  DvidLabelmap,
  type OpenLabelmapOptions,
  openLabelmap,
} from "./labelmap.ts";
export { type DvidVersion, resolveVersion } from "./versions.ts";
