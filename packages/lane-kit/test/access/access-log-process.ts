/** Writes more lines of an access log at once than are kept while nobody reads them. */
import { closeSync } from "node:fs";
import { Counter, Registry } from "prom-client";
import { openAccessLog } from "../../src/access/access-log.ts";

const LINES = 20_000;
const STDOUT = 1;

const registry = new Registry();
const metrics = {
  counter: <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name, help, labelNames: [...labelNames], registers: [registry] }),
};
const write = openAccessLog({ name: "test", settings: { accessLog: "on" }, metrics });
for (let index = 0; index < LINES; index += 1) {
  const request = `r-${index}`;
  write?.({ client: "ranking", verb: "read", groups: ["routes"], keys: 1, status: 200, durationMs: 1, request });
}
const text = await registry.getSingleMetricAsString("trilane_access_log_dropped_total");
const dropped = Number(/_total (\d+)/.exec(text)?.[1] ?? 0);
process.stdout.write(JSON.stringify({ written: LINES, dropped }), () => closeSync(STDOUT));
