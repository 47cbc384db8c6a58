/**
 * `npm run cost`: counts what records of each lane cost in units of the servers,
 * and writes docs/cost.md.
 *
 *   node apps/edges/src/cost/main.ts [--records N] [--idle-seconds N] [--no-file]
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { costPage } from "./cost-page.ts";
import { withCostStage } from "./cost-stage.ts";
import { type CostSizes, measureCosts } from "./measure-costs.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/cost.md", import.meta.url));
/** A load of fewer rows is not reduced by the engine. */
const ENGINE_ROWS_MIN = 100_000;
const SINGLE_JOBS_SHARE = 10;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "20000" },
    "idle-seconds": { type: "string", default: "60" },
    "no-file": { type: "boolean", default: false },
  },
});
const records = Number(values.records);
const sizes: CostSizes = {
  records,
  engineRows: Math.max(ENGINE_ROWS_MIN, records),
  singleJobs: Math.ceil(records / SINGLE_JOBS_SHARE),
  idleSeconds: Number(values["idle-seconds"]),
};
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const report = await withCostStage({ say }, (stage) => measureCosts(stage, sizes));
const page = costPage(report, sizes);
process.stdout.write(page);
if (!values["no-file"]) await writeFile(PAGE, page);
