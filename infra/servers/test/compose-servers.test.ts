/**
 * The calls of the `docker` command, which a stand-in notes. No container is
 * started here.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dockerAnswers } from "../src/compose-servers.ts";
import { silentProgress } from "../src/progress.ts";
import { startServers } from "../src/start-servers.ts";

const standIn = `#!/bin/sh
echo "$* port=$TRILANE_CACHE_PORT image=$TRILANE_REDIS_IMAGE" >>"$DOCKER_CALLS"
case "$*" in
  *" config "*) echo '{"services":{"cache":{"image":"valkey/valkey:8.1.10"}}}' ;;
  *" up "*) exit "$DOCKER_UP_STATUS" ;;
esac
`;

describe("servers in Docker", () => {
  let directory: string;
  const calls = async (): Promise<readonly string[]> =>
    (await readFile(join(directory, "calls"), "utf8")).trim().split("\n");

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "docker-stand-in-"));
    await writeFile(join(directory, "docker"), standIn);
    await chmod(join(directory, "docker"), 0o755);
    vi.stubEnv("PATH", `${directory}${delimiter}${process.env["PATH"]}`);
    vi.stubEnv("DOCKER_CALLS", join(directory, "calls"));
    vi.stubEnv("DOCKER_UP_STATUS", "0");
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });

  it("asks whether a daemon answers", async () => {
    expect(await dockerAnswers()).toBe(true);
    await writeFile(join(directory, "docker"), "#!/bin/sh\nexit 1\n");
    expect(await dockerAnswers()).toBe(false);
  });

  it("brings up what was asked for, on a free port, and takes it down with its volumes", async () => {
    const servers = await startServers({
      only: ["cache"],
      cacheEngine: "redis",
      runtime: "docker",
      environment: {},
      progress: silentProgress,
    });
    const [up = ""] = await calls();
    const [, project, port, image] =
      /--project-name (\S+) up --detach --wait cache port=(\d+) image=(\S+)/.exec(up) ?? [];
    expect(image).toBe("redis:7.2");
    expect(servers.endpoints.cache).toBe(`redis://127.0.0.1:${port}`);
    expect(servers.describe()).toEqual([expect.stringContaining("valkey/valkey 8.1.10")]);
    await servers.stop();
    expect((await calls()).at(-1)).toContain(`--project-name ${project} down --volumes`);
  });

  it("takes down and reports what did not come up", async () => {
    vi.stubEnv("DOCKER_UP_STATUS", "1");
    const start = startServers({ only: ["cache"], runtime: "docker", environment: {}, progress: silentProgress });
    await expect(start).rejects.toMatchObject({ code: "docker-failed" });
    expect((await calls()).at(-1)).toContain(" down --volumes");
  });
});
