/** Every way in which a connection may be set wrong, with what a process says of it and its exit code. */
import type { SecuredServers } from "@trilane/servers";
import type { AwsStandIns, ServerKind } from "./told-connections.ts";

export interface WrongConnection {
  readonly server: ServerKind;
  readonly wrong: string;
  /** The variables that are set otherwise than they should be; an empty value unsets one. */
  readonly set: Readonly<Record<string, string>>;
  readonly says: RegExp;
  /** Null: the process goes on without the server. */
  readonly code: number | null;
  /** The server asks for one meanwhile. */
  readonly needsClientCertificate?: true;
}

const USAGE = 2;
const TRY_AGAIN = 75;
const CLOSED = "127.0.0.1:1";

export function wrongConnections(
  { env, environmentOf }: Pick<SecuredServers, "env" | "environmentOf">,
  standIns: AwsStandIns,
): readonly WrongConnection[] {
  const { TRILANE_KAFKA_BROKERS: brokers = "" } = environmentOf("stream");
  return [
    ...wrongKafka(brokers, env["TRILANE_KAFKA_BROKERS"] ?? ""),
    ...(["CACHE", "QUEUE"] as const).flatMap((server) => wrongRedis(server, env, environmentOf("worker"))),
    ...wrongDynamoDb(env, standIns),
    ...wrongS3(env, standIns),
  ];
}

function wrongKafka(brokers: string, open: string): readonly WrongConnection[] {
  const NO_LOGIN = { TRILANE_KAFKA_LOGIN: "", TRILANE_KAFKA_USERNAME: "", TRILANE_KAFKA_PASSWORD: "" };
  const common = { server: "kafka", code: USAGE } as const;
  const [, port = ""] = brokers.split(":");
  return [
    {
      ...common,
      wrong: "a scheme",
      set: { TRILANE_KAFKA_BROKERS: `https://${brokers}` },
      says: /TRILANE_KAFKA_BROKERS.*without a scheme/,
    },
    {
      ...common,
      wrong: "a port that is closed",
      set: { TRILANE_KAFKA_BROKERS: CLOSED },
      says: /127\.0\.0\.1:1 \(TRILANE_KAFKA_BROKERS\) do not answer/,
      code: TRY_AGAIN,
    },
    {
      ...common,
      wrong: "no TLS, where the brokers have it",
      set: { TRILANE_KAFKA_TLS: "off", TRILANE_KAFKA_CA_FILE: "" },
      says: /they want TLS: set TRILANE_KAFKA_TLS=on/,
    },
    {
      ...common,
      wrong: "TLS, where the brokers have none",
      set: { ...NO_LOGIN, TRILANE_KAFKA_BROKERS: open },
      says: /do not speak TLS at this address: see TRILANE_KAFKA_TLS/,
    },
    {
      ...common,
      wrong: "an authority that is not trusted",
      set: { TRILANE_KAFKA_CA_FILE: "" },
      says: /certificate is not trusted.*TRILANE_KAFKA_CA_FILE/,
    },
    {
      ...common,
      wrong: "a name that the certificate has not",
      set: { TRILANE_KAFKA_BROKERS: `127.1:${port}` },
      says: /certificate is for another name.*TRILANE_KAFKA_BROKERS/,
    },
    { ...common, wrong: "no login", set: NO_LOGIN, says: /as brokers do that want a login: see TRILANE_KAFKA_LOGIN/ },
    {
      ...common,
      wrong: "a password",
      set: { TRILANE_KAFKA_PASSWORD: "another" },
      says: /refuse the login \(.*TRILANE_KAFKA_PASSWORD\)/,
    },
    {
      ...common,
      wrong: "a user that nobody knows",
      set: { TRILANE_KAFKA_USERNAME: "nobody" },
      says: /refuse the login \(.*TRILANE_KAFKA_USERNAME/,
    },
    {
      ...common,
      wrong: "a mechanism that the brokers do not offer",
      set: { TRILANE_KAFKA_LOGIN: "scram-sha-256" },
      says: /do not offer this login \(TRILANE_KAFKA_LOGIN\)/,
    },
    {
      ...common,
      wrong: "AWS's login without a region",
      set: { ...NO_LOGIN, TRILANE_KAFKA_LOGIN: "aws-msk-iam", AWS_REGION: "" },
      says: /AWS_REGION/,
    },
  ];
}

function wrongRedis(
  server: "CACHE" | "QUEUE",
  env: Readonly<Record<string, string>>,
  secured: Readonly<Record<string, string>>,
): readonly WrongConnection[] {
  const name = `TRILANE_${server}_URL`;
  const [url, open] = [secured[name] ?? "", env[name] ?? ""];
  const isCache = server === "CACHE";
  const common = { server: isCache ? "cache" : "queue", code: isCache ? null : USAGE } as const;
  const variable = (part: string): string => `TRILANE_${server}_${part}`;
  const login = /refuses the login \(TRILANE_(CACHE|QUEUE)_USERNAME, TRILANE_(CACHE|QUEUE)_PASSWORD\)/;
  return [
    {
      ...common,
      wrong: "a scheme",
      set: { [name]: url.replace("rediss:", "https:") },
      says: /expected redis:\/\/host:port/,
      code: USAGE,
    },
    {
      ...common,
      wrong: "a port that is closed",
      set: { [name]: `rediss://${CLOSED}` },
      says: /ECONNREFUSED/,
      code: isCache ? null : TRY_AGAIN,
    },
    {
      ...common,
      wrong: "no TLS, where the server has it",
      set: { [name]: url.replace("rediss:", "redis:") },
      says: /wants TLS: write rediss:/,
    },
    {
      ...common,
      wrong: "TLS, where the server has none",
      set: { [name]: open.replace("redis:", "rediss:") },
      says: /does not speak TLS at this address: write redis:/,
    },
    {
      ...common,
      wrong: "an authority that is not trusted",
      set: { [variable("CA_FILE")]: "" },
      says: /certificate is not trusted.*_CA_FILE/,
    },
    {
      ...common,
      wrong: "a name that the certificate has not",
      set: { [name]: url.replace("127.0.0.1", "127.1") },
      says: /certificate is for another name.*_URL/,
    },
    {
      ...common,
      wrong: "no client certificate",
      needsClientCertificate: true,
      set: {},
      says: /does it want a client certificate \(TRILANE_(CACHE|QUEUE)_CERTIFICATE_FILE\)/,
    },
    { ...common, wrong: "a password", set: { [variable("PASSWORD")]: "another" }, says: login },
    { ...common, wrong: "a user that nobody knows", set: { [variable("USERNAME")]: "nobody" }, says: login },
  ];
}

/** The rows about TLS of an endpoint of AWS. */
function wrongTls(
  common: Pick<WrongConnection, "server">,
  { name, open, untrusted }: { readonly name: string; readonly open: string; readonly untrusted: string },
): readonly WrongConnection[] {
  return [
    {
      ...common,
      wrong: "http, where the server has TLS",
      set: { [name]: untrusted.replace("https:", "http:") },
      says: /_ENDPOINT: the server wants TLS: write https:/,
      code: USAGE,
    },
    {
      ...common,
      wrong: "https, where the server has no TLS",
      set: { [name]: open.replace("http:", "https:") },
      says: /_ENDPOINT: the server does not speak TLS at this address: write http:/,
      code: USAGE,
    },
    {
      ...common,
      wrong: "an authority that is not trusted",
      set: { [name]: untrusted },
      says: /_ENDPOINT: the certificate is not trusted.*NODE_EXTRA_CA_CERTS/,
      code: USAGE,
    },
  ];
}

function wrongDynamoDb(
  env: Readonly<Record<string, string>>,
  { refusing, untrusted }: AwsStandIns,
): readonly WrongConnection[] {
  const name = "TRILANE_DYNAMODB_ENDPOINT";
  const common = { server: "dynamodb", code: TRY_AGAIN } as const;
  const open = env[name] ?? "";
  return [
    {
      ...common,
      wrong: "a scheme",
      set: { [name]: open.replace("http:", "tcp:") },
      says: /expected http:\/\/host:port/,
      code: USAGE,
    },
    { ...common, wrong: "a port that is closed", set: { [name]: `http://${CLOSED}` }, says: /ECONNREFUSED/ },
    ...wrongTls(common, { name, open, untrusted }),
    { ...common, wrong: "a key that AWS does not know", set: { [name]: refusing }, says: /UnrecognizedClient/ },
    { ...common, wrong: "no region", set: { [name]: "", AWS_REGION: "" }, says: /AWS_REGION/, code: USAGE },
  ];
}

function wrongS3(env: Readonly<Record<string, string>>, { untrusted }: AwsStandIns): readonly WrongConnection[] {
  const name = "TRILANE_S3_ENDPOINT";
  const common = { server: "s3", code: TRY_AGAIN } as const;
  const open = env[name] ?? "";
  return [
    { ...common, wrong: "a scheme", set: { [name]: "s3://bucket" }, says: /expected http:\/\/host:port/, code: USAGE },
    { ...common, wrong: "a port that is closed", set: { [name]: `http://${CLOSED}` }, says: /ECONNREFUSED/ },
    ...wrongTls(common, { name, open, untrusted }),
    {
      ...common,
      wrong: "a key that the server does not know",
      set: { [name]: open, AWS_ACCESS_KEY_ID: "nobody" },
      says: /does not know this key: see AWS_ACCESS_KEY_ID/,
      code: 1,
    },
  ];
}
