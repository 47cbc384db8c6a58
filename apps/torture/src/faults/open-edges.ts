/** Opens the faults at the edges of a run, as tracks that run at the same time. */
import type { EdgeFault } from "./edge-fault.ts";
import type { EdgeSetting } from "./edge-setting.ts";
import { openJobEdges } from "./job-edges.ts";
import { openStreamEdges } from "./stream-edges.ts";

/** @param cleanups gets the functions that end what was opened */
export async function openEdges(
  setting: EdgeSetting,
  cleanups: (() => Promise<void> | void)[],
): Promise<readonly (readonly EdgeFault[])[]> {
  return [...(await openStreamEdges(setting, cleanups)), await openJobEdges(setting, cleanups)];
}
