export type { S3Credentials, S3StoreOptions } from "./options.ts";
export { S3Store } from "./s3-store.ts";
