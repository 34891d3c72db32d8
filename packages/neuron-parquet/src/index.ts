export { addConnectors } from "./add-connectors.ts";
export { fromArrow } from "./arrow-read.ts";
export { toArrow, toArrowFile } from "./arrow-write.ts";
export { checkNeuron, type Issue, type IssueKind } from "./check.ts";
export { formatConnectorsCsv, parseConnectorsCsv } from "./connectors-csv.ts";
export { type DrawOptions, drawPng, drawSvg } from "./draw.ts";
export { type ErrorPlace, isNeuronError, NeuronError, type NeuronErrorCode } from "./errors.ts";
export type {
  Attribute,
  AttributeValues,
  Connectors,
  Coordinates,
  Dotprops,
  Neuron,
  NeuronId,
  NeuronMetadata,
  NodeId,
  NodeIds,
  NullableValues,
  PropertyValue,
  Skeleton,
  Warning,
} from "./model.ts";
export type { NeuronFile } from "./neuron-file.ts";
export { type OpenOptions, openNeurons } from "./open.ts";
export { originOf, withOrigin } from "./origin.ts";
export type { ObjectFolder } from "./precomputed/object-folder.ts";
export { openPrecomputed, type PrecomputedSkeletons } from "./precomputed/precomputed-read.ts";
export { type WritePrecomputedOptions, writePrecomputed } from "./precomputed/precomputed-write.ts";
export {
  type Format,
  formatOf,
  keysLeft,
  type ReadAnyOptions,
  readAll,
  readAny,
  readPrecomputed,
} from "./read-any.ts";
export type { Extra, NeuronsOptions, ReadOptions } from "./read-options.ts";
export { type RewriteOptions, rewriteNeurons } from "./rewrite.ts";
export { sidecarName, sidecarUrl } from "./sidecar.ts";
export type { ByteSink, NeuronSink } from "./sink.ts";
export type { ByteSlice, ByteSource, NeuronSource } from "./source.ts";
export { type SplitOptions, splitNeurons } from "./split.ts";
export { type WriteSwcsOptions, type WriteSwcsReport, writeSwc } from "./swc/swc-folder-write.ts";
export { type ParsedSwc, type ParseSwcOptions, parseSwc } from "./swc/swc-parse.ts";
export { type ReadSwcOptions, readSwc } from "./swc/swc-read.ts";
export { formatSwc, type WriteSwcOptions } from "./swc/swc-write.ts";
export { makeDotprops, type Points, toDotprops } from "./tangents.ts";
export { formatUnits, parseUnits, type Units } from "./units.ts";
export { encodeNeurons, type NeuronsIn, writeNeurons } from "./write.ts";
export { type WriteAnyOptions, type WriteAnyReport, writeAny } from "./write-any.ts";
export type { Dialect, WriteOptions, WriteReport } from "./write-options.ts";
