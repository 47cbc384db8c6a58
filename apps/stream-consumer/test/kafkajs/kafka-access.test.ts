import { systemClock } from "@trilane/write-through";
import { afterEach, expect, test, vi } from "vitest";
import { kafkaAccess } from "../../src/kafkajs/kafka-access.ts";

const IAM = { tls: {}, login: { mechanism: "aws-msk-iam" } } as const;

afterEach(() => void vi.unstubAllEnvs());

test("AWS's login sends an address of the brokers' service, signed with the keys of the SDK's chain", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3cr3tM4rker");
  vi.stubEnv("AWS_SESSION_TOKEN", "of-the-role");
  const { sasl } = kafkaAccess(IAM, { region: "eu-central-1", clock: systemClock });
  if (sasl === undefined || !("oauthBearerProvider" in sasl)) throw new Error("it is a login by token");
  const { value } = await sasl.oauthBearerProvider();
  const { host, searchParams } = new URL(Buffer.from(value, "base64url").toString());
  expect(host).toBe("kafka.eu-central-1.amazonaws.com");
  expect(Object.fromEntries(searchParams)).toMatchObject({
    Action: "kafka-cluster:Connect",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": expect.stringMatching(/^AKIDEXAMPLE\/\d{8}\/eu-central-1\/kafka-cluster\/aws4_request$/),
    "X-Amz-Expires": "900",
    "X-Amz-Security-Token": "of-the-role",
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(Buffer.from(value, "base64url").toString()).not.toContain("S3cr3tM4rker");
});

test("AWS's login without a region is refused", () => {
  expect(() => kafkaAccess(IAM, { clock: systemClock })).toThrow(/^AWS_REGION: /);
});
