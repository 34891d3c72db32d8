export { countLabels, labelAt } from "./block-count.ts";
export { type DecodeBlockOptions, type DecodedBlock, decodeBlock } from "./block-decode.ts";
export { type EncodeBlockOptions, encodeBlock } from "./block-encode.ts";
export { decodeBlockKey, encodeBlockKey } from "./block-key.ts";
export {
  type BlockLayout,
  type BlockLimits,
  largestBlock,
  readBlockLayout,
  readLabelTable,
  type Triple,
} from "./block-layout.ts";
export { joinBlock, type SplitBlock, splitBlock } from "./block-split.ts";
export {
  type Compression,
  decodeEnvelope,
  type EnvelopeOptions,
  encodeEnvelope,
} from "./envelope.ts";
export { isLabelmapError, LabelmapError, type LabelmapErrorCode } from "./errors.ts";
export { gunzip, gzip } from "./gzip.ts";
export { asId, formatIds, type Json, parseJson } from "./json.ts";
export {
  type BlockCounts,
  countVoxels,
  decodeLabelIndex,
  decodeLabelIndices,
  encodeLabelIndex,
  encodeLabelIndices,
  type LabelIndex,
} from "./label-index.ts";
export { LabelMapping, MappingReader } from "./label-mapping.ts";
export { decodeLz4Block, encodeLz4Block } from "./lz4-block.ts";
export { decodeMappingOps, encodeMappingOps, type MappingOp } from "./mapping-ops.ts";
