/**
 * TLS and login of Kafka's connections in the form of kafkajs. kafkajs reads
 * these objects whenever it connects and logs in, so their getters give it
 * renewed certificates and passwords. No copy of them may be made.
 */
import { type KafkaSecurity, type KafkaLogin, SettingsError } from "@trilane/lane-kit";
import type { Clock } from "@trilane/write-through";
import { generateAuthToken } from "aws-msk-iam-sasl-signer-js";
import type { KafkaConfig, SASLOptions } from "kafkajs";
import { createTokenSource } from "./access-token.ts";

export interface KafkaAccessOptions {
  /** The region for AWS's own login. */
  readonly region?: string | undefined;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** @throws SettingsError where the login of AWS has no region */
export function kafkaAccess(
  { tls, login }: KafkaSecurity,
  options: KafkaAccessOptions,
): Pick<KafkaConfig, "ssl" | "sasl"> {
  return {
    ...(tls === null ? {} : { ssl: tls }),
    ...(login === null ? {} : { sasl: loginOptions(login, options) }),
  };
}

function loginOptions(login: KafkaLogin, { region, clock }: KafkaAccessOptions): SASLOptions {
  switch (login.mechanism) {
    case "plain":
    case "scram-sha-256":
    case "scram-sha-512": {
      const { mechanism, username, password } = login;
      return {
        mechanism,
        username,
        get password() {
          return password();
        },
      };
    }
    case "oauthbearer": {
      const token = createTokenSource(login, { clock });
      return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await token() }) };
    }
    case "aws-msk-iam": {
      if (region === undefined)
        throw new SettingsError(
          "AWS_REGION",
          "it is not set; the login aws-msk-iam signs for the region of the brokers",
        );
      return {
        mechanism: "oauthbearer",
        oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region })).token }),
      };
    }
  }
}
