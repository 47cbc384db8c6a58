/**
 * TLS and login of Kafka: a missing part is named, and by default a login is
 * not sent unencrypted.
 */
import { describe, expect, it } from "vitest";
import { loadSettings, SettingsError } from "../../src/index.ts";

const good = { TRILANE_CACHE_URL: "redis://127.0.0.1:6379" };
const user = { TRILANE_KAFKA_USERNAME: "app", TRILANE_KAFKA_PASSWORD: "S3CRET" };

function securityOf(environment: Readonly<Record<string, string>>) {
  return loadSettings({ ...good, ...environment }).kafkaSecurity;
}

describe("the security of Kafka's connections", () => {
  it("is none where nothing is set, and TLS where it is on", () => {
    expect(securityOf({})).toEqual({ tls: null, login: null });
    expect(securityOf({ TRILANE_KAFKA_TLS: "on" })).toEqual({ tls: {}, login: null });
  });

  it.each(["plain", "scram-sha-256", "scram-sha-512"])(
    "takes a user and a password, over TLS by default: %s",
    (login) => {
      const security = securityOf({ ...user, TRILANE_KAFKA_LOGIN: login });
      expect(security).toMatchObject({ tls: {}, login: { mechanism: login, username: "app" } });
      expect(security.login).toHaveProperty("password", expect.any(Function));
    },
  );

  it("leaves a login without TLS to those who say so", () => {
    const security = securityOf({ ...user, TRILANE_KAFKA_LOGIN: "plain", TRILANE_KAFKA_TLS: "off" });
    expect(security).toMatchObject({ tls: null, login: { mechanism: "plain" } });
  });

  it("takes a token endpoint, and the credentials of AWS", () => {
    const endpoint = { TRILANE_KAFKA_TOKEN_URL: "https://login.example/token", TRILANE_KAFKA_TOKEN_SCOPE: "kafka" };
    expect(securityOf({ ...user, ...endpoint, TRILANE_KAFKA_LOGIN: "oauthbearer" }).login).toMatchObject({
      mechanism: "oauthbearer",
      clientId: "app",
      tokenUrl: "https://login.example/token",
      scope: "kafka",
    });
    expect(securityOf({ TRILANE_KAFKA_LOGIN: "aws-msk-iam" })).toEqual({
      tls: {},
      login: { mechanism: "aws-msk-iam" },
    });
  });

  it.each([
    [{ ...user }, /^TRILANE_KAFKA_LOGIN: a user or a password is set, but no mechanism/],
    [
      { TRILANE_KAFKA_LOGIN: "plain", TRILANE_KAFKA_USERNAME: "app" },
      /^TRILANE_KAFKA_PASSWORD: it is not set; the login plain/,
    ],
    [
      { TRILANE_KAFKA_LOGIN: "scram-sha-512", TRILANE_KAFKA_PASSWORD: "S3CRET" },
      /^TRILANE_KAFKA_USERNAME: it is not set/,
    ],
    [{ ...user, TRILANE_KAFKA_LOGIN: "oauthbearer" }, /^TRILANE_KAFKA_TOKEN_URL: it is not set/],
    [{ ...user, TRILANE_KAFKA_LOGIN: "kerberos" }, /^TRILANE_KAFKA_LOGIN: /],
    [{ TRILANE_KAFKA_TLS: "yes" }, /^TRILANE_KAFKA_TLS: /],
  ])("is refused by name: %o", (environment, message) => {
    const read = (): unknown => securityOf(environment);
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(message);
    expect(read).not.toThrow(/S3CRET/);
  });
});
