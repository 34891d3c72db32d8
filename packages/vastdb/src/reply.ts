import { VastError, type VastErrorCode } from "./errors.ts";
import { readAll, type VastRequest, type VastResponse } from "./transport.ts";

const codes: Readonly<Record<number, VastErrorCode>> = {
  401: "forbidden",
  403: "forbidden",
  404: "not-found",
  405: "unsupported",
  408: "unavailable",
  409: "conflict",
  413: "too-large",
  429: "unavailable",
  500: "unavailable",
  501: "unsupported",
  502: "unavailable",
  503: "unavailable",
  504: "unavailable",
  507: "full",
};

/** Error bodies are small; what is longer is cut. */
const errorLimit = 64 << 10;

/**
 * The error of any answer that is not a 200, whose body may or may not be S3's XML. That the server answered at
 * all does not say that it did nothing: only a refusal below 500, and `SlowDown`, say so.
 */
export async function errorOf(request: VastRequest, response: VastResponse): Promise<VastError> {
  const { status } = response;
  const text = await readAll(response.body, errorLimit).then(String, () => "");
  const serverCode = /<Code>([^<]{1,200})<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]{1,1000})<\/Message>/.exec(text)?.[1];
  const reason = [status, serverCode, message].filter((part) => part !== undefined).join(" ");
  const fallback = status >= 500 ? "unavailable" : "rejected";
  return new VastError(codes[status] ?? fallback, `${nameOf(request)}: ${reason}`, {
    status,
    ...(serverCode !== undefined && { serverCode }),
    mayHaveActed: status >= 500 && serverCode !== "SlowDown",
  });
}

export function nameOf({ method, path, command }: VastRequest): string {
  return `${method} ${path}${command ? `?${command}` : ""}`;
}
