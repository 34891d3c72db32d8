export { checkFields } from "./check-fields.ts";
export { checkSecure, checkUrl, isLoopback } from "./endpoint.ts";
export { explain } from "./explain.ts";
export { Limiter } from "./limiter.ts";
export type { Attempt, RemoteOptions } from "./policy.ts";
export { redact, Secrets } from "./redact.ts";
export { RemoteReader } from "./remote-reader.ts";
export { RemoteStore } from "./remote-store.ts";
export {
  malformed,
  RequestError,
  type RequestErrorFields,
  retryAfterMs,
  spoilt,
  systemCode,
} from "./request-error.ts";
export type {
  Answer,
  Page,
  ReadTransport,
  Transport,
  UnfinishedPage,
  UnfinishedUpload,
  Upload,
} from "./transport.ts";
