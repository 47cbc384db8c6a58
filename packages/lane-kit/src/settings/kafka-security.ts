/** The settings of connections to Kafka that are encrypted, or that ask for a login. */
import type { ReadSetting, SettingName } from "./declarations.ts";
import type { ReadSecret, Secret } from "./secrets.ts";
import { SettingsError } from "./settings-error.ts";
import { readTlsOptions, type TlsOptions } from "./tls-files.ts";

/** A SASL mechanism with the values that it needs. */
export type KafkaLogin =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: Secret;
    }
  | {
      readonly mechanism: "oauthbearer";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: Secret;
      readonly scope?: string;
    }
  /** The credentials and the region come from the AWS SDK's own chain. */
  | { readonly mechanism: "aws-msk-iam" };

export interface KafkaSecurity {
  /** Null: the connections are not encrypted. */
  readonly tls: TlsOptions | null;
  /** Null: the brokers ask for no login. */
  readonly login: KafkaLogin | null;
}

/** @throws SettingsError for a part that is missing, or that nothing would use */
export function readKafkaSecurity(read: ReadSetting, secret: ReadSecret): KafkaSecurity {
  const options = readTlsOptions(read, "KAFKA");
  const login = readLogin(read, secret);
  const hasFiles = Object.keys(options).length > 0;
  // A password or a token goes over an unencrypted connection only if the settings ask for it.
  const wanted = read("TRILANE_KAFKA_TLS") ?? (hasFiles || login !== null ? "on" : "off");
  if (wanted === "off" && hasFiles)
    throw new SettingsError("TRILANE_KAFKA_TLS", "it is off, but files of certificates are named; unset these or it");
  return { tls: wanted === "on" ? options : null, login };
}

function readLogin(read: ReadSetting, secret: ReadSecret): KafkaLogin | null {
  const mechanism = read("TRILANE_KAFKA_LOGIN");
  const username = read("TRILANE_KAFKA_USERNAME");
  const password = secret("TRILANE_KAFKA_PASSWORD");
  switch (mechanism) {
    case undefined:
      if (username === undefined && password === undefined) return null;
      throw new SettingsError(
        "TRILANE_KAFKA_LOGIN",
        "a user or a password is set, but no mechanism; set plain, scram-sha-256, scram-sha-512 or oauthbearer",
      );
    case "aws-msk-iam":
      return { mechanism };
    case "oauthbearer": {
      const scope = read("TRILANE_KAFKA_TOKEN_SCOPE");
      return {
        mechanism,
        tokenUrl: needed(mechanism, "TRILANE_KAFKA_TOKEN_URL", read("TRILANE_KAFKA_TOKEN_URL")),
        clientId: needed(mechanism, "TRILANE_KAFKA_USERNAME", username),
        clientSecret: needed(mechanism, "TRILANE_KAFKA_PASSWORD", password),
        ...(scope === undefined ? {} : { scope }),
      };
    }
    case "plain":
    case "scram-sha-256":
    case "scram-sha-512":
      return {
        mechanism,
        username: needed(mechanism, "TRILANE_KAFKA_USERNAME", username),
        password: needed(mechanism, "TRILANE_KAFKA_PASSWORD", password),
      };
  }
}

function needed<Value>(mechanism: string, variable: SettingName, value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new SettingsError(variable, `it is not set; the login ${mechanism} needs it`);
}
