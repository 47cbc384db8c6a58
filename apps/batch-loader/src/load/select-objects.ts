/**
 * Selects the objects that a load takes. An object can be left out if it has
 * not changed since it was last loaded, its rows would be the same by the same
 * definition, and no load of another content of its address has begun since
 * then. Its rows keep the time of the upload that was loaded.
 */
import { definitionDigest, type FeatureGroup } from "@trilane/feature-groups";
import { type SourceObject, uriOf } from "../s3/source-object.ts";
import type { CheckpointStore, ObjectContent, ObjectTarget } from "./checkpoint-store.ts";

export interface Selection {
  readonly target: ObjectTarget;
  readonly objects: readonly SourceObject[];
  /** The objects that are left out. */
  readonly unchanged: readonly SourceObject[];
}

/** @throws LoadError CHECKPOINT_UNAVAILABLE */
export async function selectObjects(
  store: Pick<CheckpointStore, "loadedObjects">,
  group: FeatureGroup,
  objects: readonly SourceObject[],
  skipUnchanged: boolean,
): Promise<Selection> {
  const target = { group: group.name, definition: definitionDigest(group) };
  if (!skipUnchanged) return { target, objects, unchanged: [] };
  const loaded = await store.loadedObjects(target, contentsOf(objects));
  const isLoaded = (object: SourceObject): boolean => loaded.has(uriOf(object));
  return { target, objects: objects.filter((object) => !isLoaded(object)), unchanged: objects.filter(isLoaded) };
}

export function contentsOf(objects: readonly SourceObject[]): readonly ObjectContent[] {
  return objects.map((object) => ({ object: uriOf(object), etag: object.etag }));
}
