/** Clients by their tokens, and a file of clients that is changed under a process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { type Access, isAllowed, makeToken, openAccess, SettingsError, tokenDigest } from "../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "trilane-access-"));
afterAll(() => rmSync(folder, { recursive: true }));

let present = 0;
const logged: string[] = [];
const log = (fields: object, text: string): void => {
  logged.push(`${JSON.stringify(fields)} ${text}`);
};
const ports = { clock: { monotonicMs: () => present }, logger: { info: log, error: log } };
const none = { variable: "TRILANE_API_TOKEN", verbs: ["read"] } as const;

function writeClients(name: string, clients: Readonly<Record<string, readonly string[]>>): string {
  const path = join(folder, name);
  const entries = Object.entries(clients).map(([client, tokens]) => ({
    name: client,
    tokens: tokens.map((token) => tokenDigest(token).toString("hex")),
    rights: { "*": ["read"] },
  }));
  writeFileSync(path, JSON.stringify({ clients: entries }));
  return path;
}

function openFile(path: string): Access {
  const access = openAccess(path, none, ports);
  if (access === null) throw new TypeError("there is no access");
  return access;
}

it("knows a client by either of two tokens, and by its name, and nobody else", () => {
  const [first, second, other] = [makeToken(), makeToken(), makeToken()];
  const access = openFile(writeClients("two", { ranking: [first, second], other: [other] }));
  expect(access.identify(first)?.name).toBe("ranking");
  expect(access.identify(second)?.name).toBe("ranking");
  expect(access.identify(other)?.name).toBe("other");
  for (const token of ["", makeToken(), first.slice(1), tokenDigest(first).toString("hex")]) {
    expect(access.identify(token)).toBeNull();
  }
  expect([access.named("other")?.name, access.named("nobody")]).toEqual(["other", null]);
});

it("takes no short word for a token, even where its digest is in the file", () => {
  expect(openFile(writeClients("short", { ranking: ["swordfish"] })).identify("swordfish")).toBeNull();
});

it("follows the file within a second, and keeps what was valid where a change is wrong", () => {
  const [old, renewed] = [makeToken(), makeToken()];
  const path = writeClients("changed", { ranking: [old] });
  const access = openFile(path);
  const who = (): readonly unknown[] => {
    present += 1_000;
    return [access.identify(old)?.name, access.identify(renewed)?.name];
  };
  expect(who()).toEqual(["ranking", undefined]);
  writeClients("changed", { ranking: [old, renewed] });
  expect(who()).toEqual(["ranking", "ranking"]);
  writeFileSync(path, `{"clients":[{"name":"ranking","tokens":["S3CRET"],"rights":{}}]}`);
  expect([who(), who()]).toEqual([
    ["ranking", "ranking"],
    ["ranking", "ranking"],
  ]);
  writeClients("changed", { ranking: [renewed] });
  expect(who()).toEqual([undefined, "ranking"]);
  expect(logged.filter((line) => line.includes("does not count"))).toHaveLength(1);
  expect(logged.join("\n")).toContain("clients[0].tokens[0]");
  expect(logged.join("\n")).not.toContain("S3CRET");
});

it("takes a single token of a setting as the client default, and never both", () => {
  const path = writeClients("both", {});
  const single = { ...none, token: () => "a token of a setting" };
  const access = openAccess(undefined, single, ports);
  const client = access?.identify("a token of a setting") ?? null;
  if (client === null) throw new TypeError("there is no client");
  expect([client.name, isAllowed(client, "read", "routes"), isAllowed(client, "put", "routes")]).toEqual([
    "default",
    true,
    false,
  ]);
  expect(access?.identify("another token of a setting")).toBeNull();
  expect(openAccess(undefined, none, ports)).toBeNull();
  expect(() => openAccess(path, single, ports)).toThrow(/^TRILANE_API_TOKEN: TRILANE_ACCESS_FILE is set as well/);
});

it("is refused at the start where the file is missing or wrong", () => {
  expect(() => openFile(join(folder, "none"))).toThrow(SettingsError);
  const path = join(folder, "wrong");
  writeFileSync(path, '{"clients":[{}]}');
  expect(() => openFile(path)).toThrow(
    /^TRILANE_ACCESS_FILE: the file .*wrong is wrong at clients\[0\]\.name: expected/,
  );
});
