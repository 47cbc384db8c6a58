/** The kinds of generated input. Another one is its file and its line here. */
import { batchKind } from "./batch/batch-kind.ts";
import { csvKind } from "./csv/csv-kind.ts";
import { jobKind } from "./job/job-kind.ts";
import { jsonKind } from "./json/json-kind.ts";
import type { EdgeKind } from "./kind.ts";
import { listingKind } from "./listing/listing-kind.ts";
import { parquetKind } from "./parquet/parquet-kind.ts";
import { reductionKind } from "./reduction/reduction-kind.ts";

export const kinds: readonly EdgeKind[] = [
  batchKind,
  csvKind,
  jsonKind,
  parquetKind,
  listingKind,
  jobKind,
  reductionKind,
];
