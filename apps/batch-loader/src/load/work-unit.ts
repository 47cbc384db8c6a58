/** A work unit is loaded, checkpointed and, after a crash, loaded again as a whole. */
import type { ObjectPart } from "../formats/format.ts";
import type { SourceObject } from "../s3/source-object.ts";

export interface WorkUnit {
  /** `00012-00003`: the number of the object in the load, and the number of the part in the object. */
  readonly id: string;
  readonly object: SourceObject;
  readonly part: ObjectPart;
}

const ID_DIGITS = 5;

export function unitId(objectIndex: number, part: number): string {
  return `${String(objectIndex).padStart(ID_DIGITS, "0")}-${String(part).padStart(ID_DIGITS, "0")}`;
}
