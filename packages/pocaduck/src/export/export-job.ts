/** One worker of an export, as its process is told of it: JSON. */
export interface ExportJob {
  /** Of the service: `grpc+tcp://host:port`, or `grpc+tls://`. */
  service: string;
  sink: string;
  name: string;
}
