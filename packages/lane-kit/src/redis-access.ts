/**
 * Login and certificates of connections to Redis or Valkey. The client reads
 * both when it connects, and it connects often: a password or a certificate
 * that was renewed in its file counts from the next connection on.
 */
import { Cluster, Redis } from "ioredis";
import type { ServerAccess } from "./settings/load-settings.ts";

/**
 * Gives a client that is not connected yet, and its duplicates, the login and certificates of the settings. Where the
 * settings have none, the address's own login stays.
 */
export function withAccess<Client extends Redis | Cluster>(client: Client, access: ServerAccess): Client {
  if (client instanceof Redis) giveAccess(client, access);
  // The nodes of a cluster are clients of their own, which connect at their first command.
  if (client instanceof Cluster) client.on("+node", (node: Redis) => giveAccess(node, access));
  return client;
}

function giveAccess(client: Redis, access: ServerAccess): void {
  const { username, password, tls } = access;
  const { options } = client;
  if (username !== undefined) options.username = username;
  if (password !== undefined) Object.defineProperty(options, "password", { get: password, enumerable: true });
  // No copy is made, because the certificates are read when a connection takes them.
  if (Object.keys(tls).length > 0) {
    if (options.tls !== undefined) options.tls = tls;
    if (options.sentinelTLS !== undefined) options.sentinelTLS = tls;
  }
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (override) => withAccess(duplicate(override), access);
}
