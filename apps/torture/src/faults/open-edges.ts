/** The faults at the edges of a run, as tracks that go on beside each other. */
import type { EdgeFault } from "./edge-fault.ts";
import type { EdgeSetting } from "./edge-setting.ts";
import { openStreamEdges } from "./stream-edges.ts";

/** @param cleanups gets what must be ended. */
export async function openEdges(
  setting: EdgeSetting,
  cleanups: (() => Promise<void> | void)[],
): Promise<readonly (readonly EdgeFault[])[]> {
  return [await openStreamEdges(setting, cleanups)];
}
