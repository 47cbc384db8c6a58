import { makeJobKey, parseAccess, parseJobKeys, tokenDigest } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { accessFindings } from "../src/access-findings.ts";

const tokens = [tokenDigest("a token of this test").toString("hex")];
const groups = new Set(["routes", "*"]);

function findingsOf(clients: readonly object[], keys: object | null = null): readonly string[] {
  const access = parseAccess(JSON.stringify({ clients }));
  const parsedKeys = keys === null ? null : parseJobKeys(JSON.stringify({ keys }));
  if (access.kind === "refused" || parsedKeys?.kind === "refused") throw new Error("a file is wrong");
  return accessFindings({ clients: access.value, keys: parsedKeys?.value ?? null, groups });
}

it("finds nothing in files that fit the groups", () => {
  const clients = [
    { name: "ranking", tokens, rights: { routes: ["read"] } },
    { name: "checkout", rights: { "*": ["put"] } },
  ];
  expect(findingsOf(clients, { checkout: [makeJobKey()] })).toEqual([]);
});

it("names rights on no group, a client without a token or key, and keys of nobody", () => {
  const clients = [{ name: "checkout", rights: { rutes: ["put"] } }];
  expect(findingsOf(clients, { chekout: [makeJobKey()] })).toEqual([
    'the client "checkout" has rights on "rutes", which is no feature group',
    'the client "checkout" has neither a token nor a key of jobs',
    'there are keys of "chekout", and the access file has no such client',
  ]);
});
