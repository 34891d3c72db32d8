import { randomUUID } from "node:crypto";
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from "@aws-sdk/client-s3";

/** Who may do everything at the server. */
export function ownerOf(endpoint: string, env: NodeJS.ProcessEnv): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? "",
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? "",
    },
  });
}

/** A new bucket, in which anybody has these rights alone. */
export async function makeBucket(owner: S3Client, rights: readonly string[]): Promise<string> {
  const Bucket = `rights-${randomUUID()}`;
  await owner.send(new CreateBucketCommand({ Bucket }));
  const ofBucket = rights.filter((right) => /List/.test(right));
  const ofObjects = rights.filter((right) => !/List/.test(right));
  const Statement = [
    [`arn:aws:s3:::${Bucket}`, ofBucket] as const,
    [`arn:aws:s3:::${Bucket}/*`, ofObjects] as const,
  ]
    .filter(([, Action]) => Action.length > 0)
    .map(([Resource, Action]) => ({
      Effect: "Allow",
      Principal: { AWS: ["*"] },
      Resource: [Resource],
      Action,
    }));
  const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
  await owner.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  return Bucket;
}
