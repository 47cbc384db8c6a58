import { createReadStream } from "node:fs";
import { csvRows } from "./formats/csv/rows.ts";
import { ndjsonRows } from "./formats/ndjson/rows.ts";
const kind = process.argv[2];
const rounds = Number(process.argv[3] ?? 3);
for (let round = 0; round < rounds; round++) {
  const cpu = process.cpuUsage();
  let rows = 0, bad = 0;
  const chunks = createReadStream(`/tmp/ff/f.${kind}`, { highWaterMark: 65536 });
  const all = kind === "csv" ? csvRows(chunks, { object: "o", columnsNeeded: ["origin"], recordsPerSlice: 5000, sliceBytesMax: 8e6, recordBytesMax: 1e7 })
   : ndjsonRows(chunks, { object: "o", startByte: 0, recordsPerSlice: 5000, sliceBytesMax: 8e6, lineBytesMax: 1e7 });
  let check = 0;
  for await (const s of all) { rows += s.inputs.length; bad += s.bad.length; for (let i = 0; i < s.inputs.length; i++) check = (check * 31 + s.orderOf(i) + s.positionOf(i).row) % 1000000007; }
  const { user, system } = process.cpuUsage(cpu);
  console.log(kind, rows, bad, check, Math.round(rows / ((user + system) / 1e6)), "rows/s of CPU", ((user+system)/rows).toFixed(2), "us");
}
