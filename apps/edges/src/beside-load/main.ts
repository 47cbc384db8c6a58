/**
 * `npm run bench-beside-load`: the stream lane's rate over a topic, alone and
 * beside loads of the batch lane, in turn, on the same servers. Writes
 * docs/benchmarks/stream-beside-load.md.
 *
 *   node apps/edges/src/beside-load/main.ts [--rounds N] [--messages N] [--rows N] [--no-file]
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { FLIGHTS } from "../growth/flight-files.ts";
import { besideLoadPage, medianRow, shareOf, type SituationRow } from "./beside-load-page.ts";
import { measureSituation } from "./measure-situation.ts";
import { withBesideLoadSetting } from "./setting.ts";
import { situations } from "./situations.ts";

const PAGE = fileURLToPath(new URL("../../../../docs/benchmarks/stream-beside-load.md", import.meta.url));
const SHARE_MIN = 0.5;
const EXIT_BELOW = 1;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    messages: { type: "string", default: "1000000" },
    rows: { type: "string", default: String(FLIGHTS) },
    "no-file": { type: "boolean", default: false },
  },
});
const [rounds, messagesMax, rows] = [Number(values.rounds), Number(values.messages), Number(values.rows)];

await withBesideLoadSetting({ messagesMax, rows }, async (setting) => {
  const all = situations.map((): SituationRow[] => []);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, situation] of situations.entries()) {
      const row = { name: situation.name, ...(await measureSituation(situation, setting)) };
      all[index]?.push(row);
      process.stderr.write(`${JSON.stringify(row)}\n`);
    }
  }
  const medians = all.map(medianRow);
  const page = besideLoadPage(medians, { rounds, messages: setting.messages });
  process.stdout.write(page);
  if (!values["no-file"]) await writeFile(PAGE, page);
  const isBelow = situations.some(({ writesPerSecond }, index) => {
    const row = medians[index];
    return writesPerSecond === null && row !== undefined && shareOf(row, medians) < SHARE_MIN;
  });
  if (isBelow) process.exitCode = EXIT_BELOW;
});
