import { expect, it } from "vitest";
import { isAllowed, tokenDigest } from "../../src/index.ts";
import { CLIENTS_MAX, parseAccess } from "../../src/access/parse-access.ts";

const DIGEST = tokenDigest("a token with enough characters").toString("hex");
const good = { name: "ranking", tokens: [DIGEST], rights: { routes: ["read"] } };

function refusalOf(file: unknown): string {
  const parsed = parseAccess(typeof file === "string" ? file : JSON.stringify(file));
  return parsed.kind === "refused" ? parsed.reason : "not refused";
}

it("gives each client its rights, by group or for every group", () => {
  const parsed = parseAccess(JSON.stringify({ clients: [good, { name: "loader", rights: { "*": ["put"] } }] }));
  if (parsed.kind === "refused") throw new Error(parsed.reason);
  const [ranking, loader] = parsed.value.map(({ client }) => client);
  if (ranking === undefined || loader === undefined) throw new TypeError("a client is missing");
  expect(isAllowed(ranking, "read", "routes")).toBe(true);
  expect(isAllowed(ranking, "put", "routes")).toBe(false);
  expect(isAllowed(ranking, "read", "airports")).toBe(false);
  expect(isAllowed(ranking, "read", "constructor")).toBe(false);
  expect(isAllowed(loader, "put", "airports")).toBe(true);
});

it.each([
  ["S3CRET", /^the file: expected \{ "clients"/],
  [{ clients: "S3CRET" }, /^clients: expected a list/],
  [{ clients: [{ ...good, S3CRET: 1 }] }, /^clients\[0\]: expected an object with name, tokens and rights/],
  [{ clients: [good, { ...good, name: "S3CRET S3CRET" }] }, /^clients\[1\]\.name: expected a name/],
  [{ clients: [{ ...good, tokens: [DIGEST, "S3CRET"] }] }, /^clients\[0\]\.tokens\[1\]: .*`trilane access token`/],
  [{ clients: [{ ...good, tokens: [DIGEST, DIGEST, DIGEST] }] }, /^clients\[0\]\.tokens: expected a list of at most 2/],
  [{ clients: [{ ...good, rights: { routes: ["S3CRET"] } }] }, /^clients\[0\]\.rights\.routes\[0\]: expected one of/],
  [{ clients: [{ ...good, rights: { routes: "read" } }] }, /^clients\[0\]\.rights\.routes: expected lists of verbs/],
  [{ clients: [{ name: "x" }] }, /^clients\[0\]\.rights: expected lists of verbs/],
  [{ clients: [good, { ...good, tokens: [] }] }, /^clients\[1\]\.name: another client has the same name/],
  [{ clients: [good, { ...good, name: "other" }] }, /^clients\[1\]\.tokens: a digest is there twice/],
  [{ clients: Array.from({ length: CLIENTS_MAX + 1 }, () => good) }, /^clients: expected at most 500/],
])("is refused with the place and the remedy, and without what stands there: %j", (file, reason) => {
  expect(refusalOf(file)).toMatch(reason);
  expect(refusalOf(file)).not.toContain("S3CRET");
});
