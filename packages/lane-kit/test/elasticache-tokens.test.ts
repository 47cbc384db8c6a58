import { createHash, createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { elastiCacheToken, RenewedToken } from "../src/elasticache-tokens.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const LOGIN = { cacheName: "my-cache", isServerless: false, user: "trilane", region: "eu-central-1" };
const NOW_MS = Date.UTC(2_015, 7, 30, 12, 36, 0);

/** By AWS's description of a signed address (Signature Version 4), written down once more. */
function signatureOf(query: string): string {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const request = `GET\n/\n${query}\nhost:my-cache\n\nhost\n${hash("")}`;
  const scope = "20150830/eu-central-1/elasticache/aws4_request";
  const toSign = `AWS4-HMAC-SHA256\n20150830T123600Z\n${scope}\n${hash(request)}`;
  const key = ["eu-central-1", "elasticache", "aws4_request"].reduce<Buffer>(
    (before, part) => mac(before, part),
    mac(`AWS4${KEYS.secretAccessKey}`, "20150830"),
  );
  return mac(key, toSign).toString("hex");
}

test("a token is the address of the cache, signed as AWS describes it, and valid for 15 minutes", async () => {
  const token = await elastiCacheToken(LOGIN, { keys: async () => KEYS, nowMs: NOW_MS });
  const [place, query = ""] = token.split("?");
  expect(place).toBe("my-cache/");
  const { "X-Amz-Signature": signature, ...signed } = Object.fromEntries(new URLSearchParams(query));
  expect(signed).toEqual({
    Action: "connect",
    User: "trilane",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIDEXAMPLE/20150830/eu-central-1/elasticache/aws4_request",
    "X-Amz-Date": "20150830T123600Z",
    "X-Amz-Expires": "900",
    "X-Amz-SignedHeaders": "host",
  });
  const canonical = query
    .split("&")
    .filter((pair) => !pair.startsWith("X-Amz-Signature="))
    .toSorted()
    .join("&");
  expect(signature).toBe(signatureOf(canonical));
});

test("a token of a serverless cache and of a role says so", async () => {
  const keys = async (): Promise<typeof KEYS & { sessionToken: string }> => ({ ...KEYS, sessionToken: "of/the/role" });
  const token = await elastiCacheToken({ ...LOGIN, isServerless: true }, { keys, nowMs: NOW_MS });
  expect(token).toContain("ResourceType=ServerlessCache");
  expect(token).toContain("X-Amz-Security-Token=of%2Fthe%2Frole");
});

test("a token is renewed every ten minutes, and after ten seconds where that fails", async () => {
  const waits: { readonly ms: number; readonly run: () => void }[] = [];
  const renewed: string[] = [];
  const errors: unknown[] = [];
  let asked = 0;
  const token = await RenewedToken.open({
    clock: {
      nowMs: () => 0,
      schedule(ms, run) {
        waits.push({ ms, run });
        return () => undefined;
      },
    },
    async ask() {
      asked += 1;
      if (asked === 2) throw new Error("no answer");
      return `token-${asked}`;
    },
    onRenewed: (text) => renewed.push(text),
    onError: (error) => errors.push(error),
  });
  const pass = async (): Promise<void> => {
    waits.at(-1)?.run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  await pass();
  expect({ current: token.current, errors: errors.length }).toEqual({ current: "token-1", errors: 1 });
  await pass();
  expect({ current: token.current, renewed }).toEqual({ current: "token-3", renewed: ["token-3"] });
  expect(waits.map(({ ms }) => ms)).toEqual([600_000, 10_000, 600_000]);
});
