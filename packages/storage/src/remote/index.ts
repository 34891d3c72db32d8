export { Limiter } from "./limiter.ts";
export type { Attempt, RemoteOptions } from "./policy.ts";
export { redact } from "./redact.ts";
export { RemoteReader } from "./remote-reader.ts";
export { RemoteStore } from "./remote-store.ts";
export {
  malformed,
  RequestError,
  type RequestErrorFields,
  retryAfterMs,
  systemCode,
} from "./request-error.ts";
export type { Answer, Page, ReadTransport, Transport, Upload } from "./transport.ts";
