/**
 * The IAM actions that a request to DynamoDB or S3 needs, as AWS names them:
 * one request may need several, and statements of PartiQL have actions of their own.
 */
export interface AwsRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The header `x-amz-target`, which DynamoDB's requests have. */
  readonly target: string | undefined;
  /** The whole body of a request to DynamoDB; empty for S3, whose actions do not depend on it. */
  readonly body: string;
}

const STATEMENT_ACTIONS: Readonly<Record<string, string>> = {
  INSERT: "dynamodb:PartiQLInsert",
  UPDATE: "dynamodb:PartiQLUpdate",
  DELETE: "dynamodb:PartiQLDelete",
  SELECT: "dynamodb:PartiQLSelect",
};

const TRANSACTION_ACTIONS: Readonly<Record<string, string>> = {
  Put: "dynamodb:PutItem",
  Update: "dynamodb:UpdateItem",
  Delete: "dynamodb:DeleteItem",
  ConditionCheck: "dynamodb:ConditionCheckItem",
  Get: "dynamodb:GetItem",
};

interface Statement {
  readonly Statement?: string;
}

interface DynamoBody extends Statement {
  readonly Statements?: readonly Statement[];
  readonly TransactItems?: readonly object[];
}

export function awsActionsOf(request: AwsRequest): readonly string[] {
  return request.target === undefined
    ? [s3ActionOf(request)]
    : [...new Set(dynamoActionsOf(request.target, request.body))];
}

function dynamoActionsOf(target: string, body: string): readonly string[] {
  const operation = target.split(".")[1] ?? target;
  if (!/^(Batch)?Execute|^Transact/.test(operation)) return [`dynamodb:${operation}`];
  const { TransactItems: items = [], Statements: statements, ...single } = JSON.parse(body) as DynamoBody;
  if (operation.startsWith("Transact"))
    return items.flatMap((item) => Object.keys(item).map((kind) => TRANSACTION_ACTIONS[kind] ?? `dynamodb:${kind}`));
  return (statements ?? [single]).map(({ Statement: text = "" }) => {
    const verb = text.trim().split(/\s/, 1)[0]?.toUpperCase() ?? "";
    return STATEMENT_ACTIONS[verb] ?? `dynamodb:PartiQL${verb}`;
  });
}

/** For requests that name the bucket in the path, as those to servers of one's own do. */
function s3ActionOf({ method, path }: AwsRequest): string {
  const { pathname, searchParams: query } = new URL(path, "http://s3");
  const isBucket = /^\/[^/]+\/?$/.test(pathname);
  if (isBucket) return bucketAction(method, query);
  if (method === "GET" || method === "HEAD") return "s3:GetObject";
  if (method === "DELETE") return query.has("uploadId") ? "s3:AbortMultipartUpload" : "s3:DeleteObject";
  return "s3:PutObject";
}

function bucketAction(method: string, query: URLSearchParams): string {
  if (method === "PUT") return "s3:CreateBucket";
  if (method === "DELETE") return "s3:DeleteBucket";
  if (method === "POST") return "s3:DeleteObject";
  return query.has("uploads") ? "s3:ListBucketMultipartUploads" : "s3:ListBucket";
}
