/** Compares the files of clients and keys with the feature groups, before a running program reads them. */
import type { ClientWithTokens } from "@trilane/lane-kit";

export interface AccessFiles {
  readonly clients: readonly ClientWithTokens[];
  /** Null where no file of keys was named. */
  readonly keys: ReadonlyMap<string, readonly string[]> | null;
  /** The names of the feature groups, and `*`. */
  readonly groups: ReadonlySet<string>;
}

/** Faults that no program refuses, because they may be meant: one sentence each. */
export function accessFindings({ clients, keys, groups }: AccessFiles): readonly string[] {
  const names = new Set(clients.map(({ client }) => client.name));
  return [
    ...clients.flatMap(({ client: { name, rights } }) =>
      [...rights.keys()]
        .filter((group) => !groups.has(group))
        .map((group) => `the client "${name}" has rights on "${group}", which is no feature group`),
    ),
    ...clients
      .filter(({ client, digests }) => digests.length === 0 && keys?.has(client.name) !== true)
      .map(({ client }) => `the client "${client.name}" has neither a token nor a key of jobs`),
    ...[...(keys?.keys() ?? [])]
      .filter((name) => !names.has(name))
      .map((name) => `there are keys of "${name}", and the access file has no such client`),
  ];
}
