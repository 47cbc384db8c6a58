/** Worlds by name. */

/** @throws RangeError that names the worlds that exist */
export function findByName<World extends { readonly name: string }>(worlds: readonly World[], name: string): World {
  const world = worlds.find((candidate) => candidate.name === name);
  if (world !== undefined) return world;
  throw new RangeError(`no world is called "${name}"; there are ${worlds.map((known) => known.name).join(", ")}`);
}
