export { countLabels, labelAt } from "./block-count.ts";
export { type DecodeBlockOptions, type DecodedBlock, decodeBlock } from "./block-decode.ts";
export { type EncodeBlockOptions, encodeBlock } from "./block-encode.ts";
export {
  type BlockLayout,
  type BlockLimits,
  readBlockLayout,
  readLabelTable,
  type Triple,
} from "./block-layout.ts";
export { joinBlock, type SplitBlock, splitBlock } from "./block-split.ts";
export { isLabelmapError, LabelmapError, type LabelmapErrorCode } from "./errors.ts";
