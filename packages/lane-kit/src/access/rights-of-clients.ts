/**
 * Clients and their rights: the verbs that a client may use on a group. The
 * group `*` stands for every group, also for those that are defined later.
 */

export const VERBS = ["read", "put", "delete", "erase", "redrive"] as const;

export type Verb = (typeof VERBS)[number];

export const EVERY_GROUP = "*";

/** A service or a person with a name of its own. */
export interface Client {
  readonly name: string;
  /** Verbs by group. */
  readonly rights: ReadonlyMap<string, ReadonlySet<Verb>>;
}

export function isAllowed({ rights }: Client, verb: Verb, group: string): boolean {
  return rights.get(EVERY_GROUP)?.has(verb) === true || rights.get(group)?.has(verb) === true;
}

/** The groups on which the client may not use the verb. */
export function refusedGroups(client: Client, verb: Verb, groups: readonly string[]): readonly string[] {
  return groups.filter((group) => !isAllowed(client, verb, group));
}

/** A client that may use these verbs on every group. */
export function clientOfEveryGroup(name: string, verbs: readonly Verb[]): Client {
  return { name, rights: new Map([[EVERY_GROUP, new Set(verbs)]]) };
}

/** The refusal for people: it names client, verb and groups, and where the right is given. */
export function refusalOf({ name }: Client, verb: Verb, groups: readonly string[]): string {
  const shown = groups.map((group) => `"${group}"`).join(", ");
  return `the client "${name}" may not ${verb} ${shown}: its rights are in the access file (TRILANE_ACCESS_FILE)`;
}
