import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

/** Something in which a server of the tests is unlike the service it stands for. */
export interface Divergence {
  server: string;
  what: string;
  /** What the server did when it was asked in this run. */
  seen: string;
}

export async function ofMinio(
  s3: S3Client,
  endpoint: string,
  bucket: string,
): Promise<Divergence[]> {
  const server = "MinIO";
  const Bucket = bucket;
  const keys = async (Prefix: string): Promise<string> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key }) => Key).join(", ") || "nothing";
  };
  for (const Key of ["below/a", "below/a/b"]) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  }
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: "below/a/b" }));
  const hidden = `get of \`below/a/b\` answers ${got.$metadata.httpStatusCode}, a listing of \`below/\` holds ${await keys("below/")}, of \`below/a/\` ${await keys("below/a/")}`;
  const uploads = async (Prefix: string): Promise<number> => {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
    return Uploads.length;
  };
  const Key = "uploads/one";
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" }));
  const unlisted = `with prefix \`uploads/\` ${await uploads("uploads/")}, with the whole key ${await uploads(Key)}`;
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
  const missing = await fetch(`${endpoint}/no-such-bucket/x`);
  const code = /<Code>(\w+)/.exec(await missing.text())?.[1];
  return [
    { server, what: "lists `a/b` also while `a` is an object", seen: hidden },
    { server, what: "lists unfinished uploads by any prefix of their keys", seen: unlisted },
    {
      server,
      what: "answers NoSuchBucket (404) for a bucket that is not there, also to nobody",
      seen: `${code} (${missing.status}) without credentials`,
    },
  ];
}

export async function ofFakeGcs(endpoint: string, bucket: string): Promise<Divergence[]> {
  const server = "fake-gcs-server";
  const api = `${endpoint}/storage/v1/b`;
  const uploads = `${endpoint}/upload/storage/v1/b/${bucket}/o`;
  const objects = `${api}/${bucket}/o`;
  const put = (name: string, body = "hello"): Promise<Response> =>
    fetch(`${uploads}?uploadType=media&name=${encodeURIComponent(name)}`, { method: "POST", body });
  const textOf = async (url: string): Promise<string> => (await fetch(url)).text();
  const session = async (name: string): Promise<string> => {
    const url = `${uploads}?uploadType=resumable&name=${name}`;
    const { headers } = await fetch(url, { method: "POST", body: "{}" });
    return headers.get("location") ?? "";
  };
  const chunk = (at: string, range: string, body = ""): Promise<Response> =>
    fetch(at, { method: "PUT", headers: { "content-range": range }, body });
  const head = (name: string): Promise<Response> => fetch(`${objects}/${encodeURIComponent(name)}`);
  const found: Divergence[] = [];
  const note = (what: string, seen: string): void => void found.push({ server, what, seen });

  const same = (await textOf(`${objects}/absent`)) === (await textOf(`${api}/nowhere/o/absent`));
  note(
    "tells a missing bucket from a missing object in its 404",
    same ? "the same body for both" : "bodies that differ",
  );

  await put("deleted");
  const deleted = await fetch(`${objects}/deleted?ifGenerationMatch=1`, { method: "DELETE" });
  note(
    "refuses a delete whose ifGenerationMatch is another (412)",
    `${deleted.status}, and the object answers ${(await head("deleted")).status}`,
  );

  await put("read");
  const read = await fetch(`${objects}/read?alt=media&ifGenerationMatch=1`);
  note("refuses a read whose ifGenerationMatch is another (412)", `${read.status}`);

  const asked = await session("asked");
  const unit = 256 * 1024;
  await chunk(asked, `bytes 0-${unit - 1}/*`, "x".repeat(unit));
  const status = await chunk(asked, "bytes */*");
  const finished = await head("asked");
  note(
    "answers 308 to the question how far an upload is (`bytes */*`), and waits for more",
    `${status.status}, and the object answers ${finished.status}: the question finishes the upload`,
  );

  const gap = await session("gap");
  const far = await chunk(gap, `bytes ${unit}-${2 * unit - 1}/${2 * unit}`, "x".repeat(unit));
  const { size } = (await (await head("gap")).json()) as { size?: string };
  note(
    "refuses a chunk that does not start where the last one ended",
    `${far.status}, and an object of ${size} bytes for the second of two chunks of ${unit}`,
  );

  const cancelled = await session("cancelled");
  const cancel = await fetch(cancelled, { method: "DELETE" });
  const after = await chunk(cancelled, "bytes 0-4/5", "hello");
  note(
    "forgets an upload that is cancelled (499), and answers what comes later with 499 or 410",
    `${cancel.status}, then ${after.status} to a chunk`,
  );

  const long = await put("k".repeat(1025));
  note("refuses a name above 1,024 bytes (400)", `${long.status} for 1,025 bytes`);

  for (let at = 0; at < 1001; at += 7) {
    await Promise.all(Array.from({ length: 7 }, (_, i) => put(`page/${at + i}`)));
  }
  const page = (await (await fetch(`${objects}?prefix=page/`)).json()) as { items?: unknown[] };
  note("lists at most 1,000 objects a page", `${page.items?.length} on one page`);

  const headers = { authorization: "Bearer nonsense" };
  note(
    "refuses a token that nobody issued (401)",
    `${(await fetch(`${objects}/read`, { headers })).status}`,
  );
  return found;
}
