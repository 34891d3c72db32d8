export { type ErrorPlace, isNeuronError, NeuronError, type NeuronErrorCode } from "./errors.ts";
export type {
  Attribute,
  Connectors,
  Coordinates,
  Dotprops,
  Neuron,
  NeuronId,
  NeuronMetadata,
  NodeId,
  NodeIds,
  PropertyValue,
  Skeleton,
  Warning,
} from "./model.ts";
export type { NeuronFile, NeuronsOptions, ReadOptions } from "./neuron-file.ts";
export { type OpenOptions, openNeurons } from "./open.ts";
export type { ByteSink, NeuronSink } from "./sink.ts";
export type { ByteSlice, ByteSource, NeuronSource } from "./source.ts";
export { type WriteSwcsOptions, type WriteSwcsReport, writeSwc } from "./swc/swc-folder-write.ts";
export { type ParsedSwc, type ParseSwcOptions, parseSwc } from "./swc/swc-parse.ts";
export { type ReadSwcOptions, readSwc } from "./swc/swc-read.ts";
export { formatSwc, type WriteSwcOptions } from "./swc/swc-write.ts";
export { formatUnits, parseUnits, type Units } from "./units.ts";
export { encodeNeurons, type NeuronsIn, writeNeurons } from "./write.ts";
export type { Dialect, WriteOptions, WriteReport } from "./write-options.ts";
