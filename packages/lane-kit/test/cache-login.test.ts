import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import {
  connectCacheClient,
  createCacheClient,
  createDynamoDb,
  createLogger,
  loadSettings,
  openCacheLogin,
} from "../src/index.ts";

const logger = createLogger("test", "silent");
const IAM = {
  TRILANE_CACHE_URL: "rediss://cache:6379",
  TRILANE_CACHE_LOGIN: "aws-elasticache-iam",
  TRILANE_CACHE_AWS_NAME: "my-cache",
  TRILANE_CACHE_USERNAME: "trilane",
};

afterEach(() => void vi.unstubAllEnvs());

test("the cache gets the user and a signed token in AUTH, at each connection", async () => {
  let received = "";
  const server = createServer((socket) => {
    socket.on("data", (bytes) => {
      received += bytes.toString();
      socket.write("+OK\r\n".repeat(bytes.toString().match(/^\*\d+\r$/gm)?.length ?? 0));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3cr3tM4rker");
  // The settings want TLS; this server stands behind it.
  const settings = { ...loadSettings({ ...IAM, AWS_REGION: "eu-central-1" }), cacheUrl: `redis://127.0.0.1:${port}` };
  const dynamodb = createDynamoDb(settings);
  const login = await openCacheLogin(settings, { dynamodb, logger });
  const client = createCacheClient(login.settings, { logger, process: "test" });
  login.keepLoggedIn(client);
  await connectCacheClient(client).finally(() => {
    login.close();
    client.disconnect();
    dynamodb.destroy();
    server.close();
  });
  expect(received).toMatch(/auth\r\n\$7\r\ntrilane\r\n\$\d+\r\nmy-cache\/\?Action=connect&User=trilane&X-Amz-/i);
  expect(received).toContain("X-Amz-Credential=AKIDEXAMPLE%2F");
  expect(received).not.toContain("S3cr3tM4rker");
});

test.each([
  ["TRILANE_CACHE_AWS_NAME", { TRILANE_CACHE_AWS_NAME: "" }],
  ["TRILANE_CACHE_USERNAME", { TRILANE_CACHE_USERNAME: "" }],
  ["TRILANE_CACHE_PASSWORD", { TRILANE_CACHE_PASSWORD: "p" }],
  ["TRILANE_CACHE_URL", { TRILANE_CACHE_URL: "redis://cache:6379" }],
  ["TRILANE_CACHE_AWS_NAME", { TRILANE_CACHE_LOGIN: "" }],
])("a login by IAM is refused where %s does not fit", (variable, changed) => {
  expect(() => loadSettings({ ...IAM, ...changed })).toThrow(new RegExp(`^${variable}: `));
});
