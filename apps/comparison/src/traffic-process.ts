/**
 * One process of the comparison: a writer or a reader of one approach. It may
 * be killed or stopped at any moment; its recording has what it did. It ends
 * with its parent.
 *
 *     node traffic-process.ts '{"approach":"put, then SET","role":"writer",…}'
 *
 * To the parent it sends `ready`, then `mark` (every write below it is
 * settled), then `done` with its counts. The parent sends `begin`.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { localCredentials } from "@trilane/servers";
import { storeClientOptions } from "@trilane/write-through/dynamodb";
import { cacheClientOptions } from "@trilane/write-through/valkey";
import { Redis } from "ioredis";
import { HistoryRecorder } from "@trilane/verification/history";
import { findApproach } from "./approaches.ts";
import type { ApproachPorts } from "./approach.ts";
import { sendReads, sendWrites } from "./traffic.ts";
import type { BeginMessage, ReportMessage, TrafficSetting } from "./traffic-messages.ts";

const setting = JSON.parse(process.argv[2] ?? "{}") as TrafficSetting;
process.on("disconnect", () => process.exit(1));

const parts = await openParts(setting);
const opened = await findApproach(setting.approach).open(parts);
const recorder = new HistoryRecorder({ file: setting.file, process: setting.process });
const begin = new Promise<BeginMessage>((resolve) =>
  process.once("message", (message: BeginMessage) => resolve(message)),
);
tell({ kind: "ready" });
const send = setting.role === "writer" ? sendWrites : sendReads;
const counts = await send({
  ...setting,
  ...(await begin),
  opened,
  recorder,
  onMark: (mark) => tell({ kind: "mark", mark }),
});
recorder.flush();
await opened.close?.();
parts.cache.disconnect();
parts.store.destroy();
tell({ kind: "done", ...counts });
process.removeAllListeners("disconnect");
process.disconnect();

function tell(message: ReportMessage): void {
  process.send?.(message);
}

/** Opens the connections with the options of this core, for every approach. */
async function openParts({ storePort, cachePort, table, prefix }: TrafficSetting): Promise<ApproachPorts> {
  const { region, ...credentials } = localCredentials;
  const endpoint = `http://127.0.0.1:${storePort}`;
  const store = new DynamoDBClient({ ...storeClientOptions(), region, credentials, endpoint });
  const cache = new Redis({ ...cacheClientOptions(), host: "127.0.0.1", port: cachePort });
  // The error of a command says what a broken connection means for it.
  cache.on("error", () => undefined);
  await cache.connect();
  return { store, cache, table, prefix };
}
