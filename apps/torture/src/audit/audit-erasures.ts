/**
 * The erasures of a run: how many came into force and by whom, and the scan for
 * what they should have removed.
 */
import { deadTopicOf } from "@trilane/stream-consumer";
import type { SeenErasure } from "@trilane/verification/history";
import type { ErasureEntry } from "@trilane/write-through";
import { EDGE_PREFIX } from "../faults/object-edges.ts";
import type { TortureStage } from "../torture-stage.ts";
import { SOURCE_PREFIX } from "../workload/batch-load.ts";
import { eraseAllAgain, restErasures } from "./finish-erasures.ts";
import { filesPlace } from "./file-places.ts";
import { type MarkerScan, type ScanPlace, scanMarkers } from "./marker-scan.ts";
import { lettersPlace, objectsPlace, redisPlace, tablePlace } from "./server-places.ts";

export interface ErasuresAudit {
  readonly erasures: number;
  readonly lifts: number;
  /** Erasures whose eraser did not live to see them in force; another process went on with them. */
  readonly resumed: number;
  /** The records that sweeps replaced by tombstones. */
  readonly removed: number;
  readonly sweeps: number;
  /** The reads that answered none because of an erasure. */
  readonly hidden: number;
  /** Answers and receipts that the erasures forbid. */
  readonly wrong: number;
  /** The persons who were erased once more in the end, before the scan. */
  readonly persons: number;
  readonly scan: MarkerScan;
  readonly problems: readonly string[];
}

/** An eraser that says that an erasure is in force, while a later look says that it is not. */
export function contradictionsOf(seen: readonly SeenErasure[]): readonly string[] {
  return seen
    .filter(({ inForce }) => inForce.from > inForce.to)
    .map(({ number }) => `erasure ${number} was said to be in force before it was`);
}

export async function auditLeftovers(
  stage: TortureStage,
  entries: readonly ErasureEntry[],
): Promise<Pick<ErasuresAudit, "persons" | "scan" | "problems">> {
  const { platform, processes, sent, run } = stage;
  const { report, names } = await eraseAllAgain({ platform, processes, persons: sent.persons, entries });
  await restErasures(platform, run);
  const persons = sent.persons.all.filter(({ name }) => names.includes(name));
  const scan = await scanMarkers(placesOf(stage), new Set(persons.flatMap(({ name, marker }) => [name, marker])));
  const open = report?.queue === null ? ["the last erasure did not go through the queue"] : [];
  return { persons: names.length, scan, problems: open };
}

/** The topic comes last, because what is planted there stays. */
function placesOf({ dynamodb, s3, kafka, processes, servers, cacheLoss, run }: TortureStage): readonly ScanPlace[] {
  const isSource = (key: string): boolean => key.startsWith(SOURCE_PREFIX) || key.startsWith(EDGE_PREFIX);
  return [
    tablePlace(dynamodb, run),
    redisPlace("cache", cacheLoss?.urls() ?? [servers.servers.cache.url]),
    redisPlace("queue", [servers.servers.queue.url]),
    objectsPlace(s3, { bucket: run, isSource }),
    filesPlace("logs", processes.directory, ".log"),
    filesPlace("erasure reports", processes.directory, ".erasure-report.json"),
    lettersPlace(kafka, deadTopicOf(run, run)),
  ];
}
