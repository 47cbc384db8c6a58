/** The IAM actions of each program, and the places that they are for. */
import { CACHE_USERS, type ProgramWithRights, RECORD_WRITERS, type RightOf } from "./rights.ts";

/**
 * `table` and its `index`; `sources` are the buckets that are loaded from; `letters` the place of refused records;
 * `uploads` the bucket of local files; `erasures` the second place of the list of erasures.
 */
export type AwsPlace = "table" | "index" | "sources" | "letters" | "uploads" | "erasures";

export interface AwsRight extends RightOf {
  readonly action: `${"dynamodb" | "s3"}:${string}`;
  readonly place: AwsPlace;
  /** The setting or case without which the right is not needed. */
  readonly onlyWith?: string;
}

const ERASURES = "TRILANE_ERASURE_COPY";
const ERASING = ["worker", "eraser"] as const satisfies readonly ProgramWithRights[];
const SEND_ERASURES = "`trilane erase`, jobs of that kind, erasures over HTTP, or `trilane status`";

export const AWS_RIGHTS: readonly AwsRight[] = [
  {
    action: "dynamodb:GetItem",
    place: "table",
    by: CACHE_USERS,
    does: "reads the cache epoch record, single records and the mark of the table's format",
  },
  { action: "dynamodb:BatchGetItem", place: "table", by: CACHE_USERS, does: "reads several records at once" },
  { action: "dynamodb:UpdateItem", place: "table", by: CACHE_USERS, does: "changes the cache epoch record" },
  { action: "dynamodb:PutItem", place: "table", by: [...RECORD_WRITERS, "setup"], does: "writes single records" },
  { action: "dynamodb:PartiQLInsert", place: "table", by: RECORD_WRITERS, does: "writes several new records at once" },
  {
    action: "dynamodb:PartiQLUpdate",
    place: "table",
    by: RECORD_WRITERS,
    does: "writes several known records at once",
  },
  {
    action: "dynamodb:ConditionCheckItem",
    place: "table",
    by: ["load", "worker"],
    does: "checks, with a checkpoint, that the load is still its own",
    onlyWith: "loads",
  },
  {
    action: "dynamodb:Query",
    place: "index",
    by: [...ERASING, "operator"],
    does: "finds the keys of a person, and the erasures that have a sweep to come",
    onlyWith: SEND_ERASURES,
  },
  {
    action: "dynamodb:Scan",
    place: "table",
    by: ["setup", "operator"],
    does: "looks whether a table without the mark has records, and takes samples for an audit",
  },
  {
    action: "dynamodb:DeleteItem",
    place: "table",
    by: ["operator"],
    does: "unblocks a key",
    onlyWith: "`trilane unblock`",
  },
  { action: "dynamodb:CreateTable", place: "table", by: ["setup"], does: "creates the table" },
  { action: "dynamodb:DescribeTable", place: "table", by: ["setup", "operator"], does: "compares keys and index" },
  {
    action: "dynamodb:DescribeTimeToLive",
    place: "table",
    by: ["setup", "operator"],
    does: "looks whether records expire by themselves",
  },
  { action: "dynamodb:UpdateTimeToLive", place: "table", by: ["setup"], does: "lets records expire by themselves" },
  { action: "s3:ListBucket", place: "sources", by: ["load", "worker"], does: "lists the objects of a prefix" },
  { action: "s3:GetObject", place: "sources", by: ["load", "worker"], does: "reads objects and manifests" },
  { action: "s3:PutObject", place: "letters", by: ["load", "worker"], does: "keeps the records that were refused" },
  {
    action: "s3:ListBucket",
    place: "letters",
    by: ERASING,
    does: "goes through the dead letters",
    onlyWith: "erasures",
  },
  {
    action: "s3:GetObject",
    place: "letters",
    by: ERASING,
    does: "goes through the dead letters",
    onlyWith: "erasures",
  },
  {
    action: "s3:PutObject",
    place: "letters",
    by: ["eraser"],
    does: "writes dead letters again without an erased person's",
    onlyWith: "erasures",
  },
  {
    action: "s3:DeleteObject",
    place: "letters",
    by: ERASING,
    does: "removes an object of dead letters that were all an erased person's",
    onlyWith: "erasures",
  },
  { action: "s3:GetObject", place: "uploads", by: ["uploader"], does: "looks whether the file is there already" },
  { action: "s3:PutObject", place: "uploads", by: ["uploader"], does: "uploads the file" },
  { action: "s3:AbortMultipartUpload", place: "uploads", by: ["uploader"], does: "removes an upload that failed" },
  {
    action: "s3:CreateBucket",
    place: "uploads",
    by: ["uploader"],
    does: "creates the bucket of uploads",
    onlyWith: "TRILANE_S3_ENDPOINT",
  },
  {
    action: "s3:ListBucket",
    place: "erasures",
    by: CACHE_USERS,
    does: "looks for erasures that the table has lost",
    onlyWith: ERASURES,
  },
  { action: "s3:GetObject", place: "erasures", by: ERASING, does: "brings lost erasures back", onlyWith: ERASURES },
  {
    action: "s3:PutObject",
    place: "erasures",
    by: ERASING,
    does: "keeps erasures in the second place",
    onlyWith: ERASURES,
  },
];

/** Actions are named once, whatever their places. */
export function awsActionsOf(program: ProgramWithRights): readonly string[] {
  return [...new Set(AWS_RIGHTS.filter(({ by }) => by.includes(program)).map(({ action }) => action))];
}

const RESOURCES: Readonly<Record<AwsPlace, readonly string[]>> = {
  table: ["arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE"],
  index: ["arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/index/subject"],
  sources: ["arn:aws:s3:::SOURCES", "arn:aws:s3:::SOURCES/*"],
  letters: ["arn:aws:s3:::LETTERS", "arn:aws:s3:::LETTERS/*"],
  uploads: ["arn:aws:s3:::UPLOADS", "arn:aws:s3:::UPLOADS/*"],
  erasures: ["arn:aws:s3:::ERASURES", "arn:aws:s3:::ERASURES/*"],
};

export interface AwsPolicy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Effect: "Allow";
    readonly Action: readonly string[];
    readonly Resource: readonly string[];
  }[];
}

/** Words in capitals stand for the deployment's own names. */
export function awsPolicyOf(program: ProgramWithRights): AwsPolicy {
  const own = AWS_RIGHTS.filter(({ by }) => by.includes(program));
  const places = [...new Set(own.map(({ place }) => place))];
  return {
    Version: "2012-10-17",
    Statement: places.map((place) => ({
      Effect: "Allow",
      Action: own.filter((right) => right.place === place).map(({ action }) => action),
      Resource: RESOURCES[place],
    })),
  };
}
