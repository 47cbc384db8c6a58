/**
 * s3proxy over a folder: S3's protocol with multipart uploads, ranges,
 * checksums and conditional requests. It has no versioning and no
 * notifications, and the keys `a` and `a/b` cannot exist together.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { localCredentials } from "./config.ts";
import type { AwsCredentials } from "./config.ts";
import { fetchServers } from "./fetch-servers.ts";
import { fillTemplate, javaCommand } from "./java-server.ts";
import { startNativeServer } from "./native-server.ts";
import type { ServerHandle, ServerPlace, StartOptions } from "./native-server.ts";

export interface StartS3Options extends StartOptions {
  /** Requests that are signed with other credentials are refused. */
  readonly credentials?: AwsCredentials;
}

const readyWithinMs = 90_000;
const heapMiBMax = 256;

/**
 * @throws ServersError `exited`, `not-ready`, `port-taken`; those of `fetchServers`.
 */
export async function startS3(options: StartS3Options = {}): Promise<ServerHandle> {
  const fetched = await fetchServers();
  const { accessKeyId, secretAccessKey } = options.credentials ?? localCredentials;
  return await startNativeServer(
    {
      name: "s3",
      engine: "s3proxy",
      version: fetched.versions.s3,
      persistent: true,
      readyWithinMs,
      url: (port) => `http://127.0.0.1:${port}`,
      async command({ port, dataDirectory, scratchDirectory }) {
        const file = join(scratchDirectory, "s3proxy.properties");
        const words = { port, dataDirectory, accessKeyId, secretAccessKey };
        await writeFile(file, await fillTemplate("s3proxy.properties", words), { mode: 0o600 });
        return javaCommand(fetched, {
          mainClass: "org.gaul.s3proxy.Main",
          args: ["--properties", file],
          heapMiBMax,
          jvmOptions: ["-XX:TieredStopAtLevel=1"],
        });
      },
      ping,
    },
    options,
  );
}

/** The server refuses an unsigned request in S3's own format, which shows that it is ready. */
async function ping(place: ServerPlace, timeoutMs: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${place.port}/`, { signal: AbortSignal.timeout(timeoutMs) });
  const body = await response.text();
  if (!body.includes("AccessDenied")) throw new Error(`an unsigned request was answered ${response.status}: ${body}`);
}
