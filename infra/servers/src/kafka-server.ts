/**
 * One Kafka broker that is its own controller (KRaft). It never creates topics
 * by itself. Its internal topics are small, so their first use is fast.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetchServers } from "./fetch-servers.ts";
import { freePort } from "./free-port.ts";
import { fillTemplate, javaCommand } from "./java-server.ts";
import {
  advertisedListeners,
  scramArguments,
  SECURED_PROTOCOLS,
  securedListeners,
  securedProperties,
  type SecuredListeners,
} from "./kafka-security.ts";
import { readKafkaMetadata } from "./kafka-metadata.ts";
import { startNativeServer } from "./native-server.ts";
import type { ServerHandle, ServerPlace, StartOptions } from "./native-server.ts";

export interface StartKafkaOptions extends StartOptions {
  /** Broker properties that replace or follow those of `native/kafka.properties`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** A second address, for clients that come through a proxy, because a broker tells its clients where to connect. */
  readonly proxied?: ProxiedListener;
  readonly secured?: SecuredListeners;
}

export interface ProxiedListener {
  /** The port on which the broker accepts the proxy's connections. */
  readonly port: number;
  /** The proxy's port, which the broker tells clients of this listener. */
  readonly advertisedPort: number;
}

const readyWithinMs = 90_000;
const heapMiBMax = 512;
/** The id is fixed, so that any later process can start a data directory again. */
const clusterId = "VHJpbGFuZUxvY2FsS2Fma2";

/**
 * `url` of the result is the broker's `host:port`.
 * @throws ServersError `exited`, `not-ready`, `port-taken`; those of `fetchServers`
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<ServerHandle> {
  const fetched = await fetchServers();
  return await startNativeServer(
    {
      name: "kafka",
      engine: "kafka",
      version: fetched.versions.kafka,
      persistent: true,
      readyWithinMs,
      url: (port) => `127.0.0.1:${port}`,
      async command({ port, dataDirectory, scratchDirectory }) {
        const file = join(scratchDirectory, "kafka.properties");
        const words = { port, dataDirectory, controllerPort: await freePort(), ...listenerWords(options) };
        const secured = options.secured === undefined ? {} : await securedProperties(options.secured, scratchDirectory);
        const own = Object.entries({ ...secured, ...options.properties }).map(([key, value]) => `${key}=${value}\n`);
        await writeFile(file, (await fillTemplate("kafka.properties", words)) + own.join(""));
        return javaCommand(fetched, {
          mainClass: "FormatAndRunKafka",
          args: [file, clusterId, ...(options.secured === undefined ? [] : scramArguments(options.secured))],
          heapMiBMax,
          jvmOptions: ["-XX:TieredStopAtLevel=1"],
        });
      },
      ping,
    },
    options,
  );
}

function listenerWords({ proxied, secured }: StartKafkaOptions): Readonly<Record<string, string>> {
  const advertised = secured === undefined ? "" : advertisedListeners(secured);
  return {
    moreListeners:
      (proxied === undefined ? "" : `,PROXIED://127.0.0.1:${proxied.port}`) +
      (secured === undefined ? "" : securedListeners(secured)),
    moreAdvertised: (proxied === undefined ? "" : `,PROXIED://127.0.0.1:${proxied.advertisedPort}`) + advertised,
    moreProtocols: secured === undefined ? "" : SECURED_PROTOCOLS,
  };
}

async function ping(place: ServerPlace, timeoutMs: number): Promise<void> {
  const { brokerPorts, controllerId } = await readKafkaMetadata(place.port, timeoutMs);
  if (!brokerPorts.includes(place.port) || controllerId === null) throw new Error("the broker has no controller yet");
}
