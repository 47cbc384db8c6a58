/** The rights of all programs as Markdown, made from their lists: docs/rights.md. */
import { AWS_RIGHTS, awsPolicyOf } from "./aws-rights.ts";
import { KAFKA_RIGHTS } from "./kafka-rights.ts";
import { CACHE_RIGHTS, CLUSTER_RIGHTS, QUEUE_RIGHTS, type RedisRight, redisRulesOf } from "./redis-rights.ts";
import { PROGRAM_TEXTS, PROGRAMS_WITH_RIGHTS, type ProgramWithRights, type RightOf } from "./rights.ts";

const INTRODUCTION = `# Rights

The rights that each program needs, and no others. This page is made of the [lists](../packages/lane-kit/src/rights) by \`trilane rights\`; \`trilane rights --program worker --as iam\` prints a policy, \`--as redis\` the rules of ACL users, and \`--as kafka\` the arguments of \`kafka-acls.sh\`. \`trilane doctor --program worker\` says which of them a program's own login lacks.

In the tests, demo and fault run go with these rights alone: Kafka and the servers of cache and queue check their users, and a gate in front of DynamoDB and S3 refuses every action that a program does not have here. Each call to AWS that any test makes is compared with this page as well ([\`aws-calls.ts\`](../scripts/aws-calls.ts)).
`;

export function rightsPage(): string {
  const programs = PROGRAMS_WITH_RIGHTS.map((program) => [`\`${program}\``, PROGRAM_TEXTS[program]]);
  return [
    INTRODUCTION,
    section("Programs", ["name", "program"], programs),
    section(
      "AWS",
      ["action", "on", "for", "programs", "only with"],
      AWS_RIGHTS.map((right) => [
        `\`${right.action}\``,
        right.place,
        right.does,
        programsText(right),
        right.onlyWith ?? "",
      ]),
    ),
    section(
      "Kafka",
      ["operation", "on", "for", "programs", "only with"],
      KAFKA_RIGHTS.map((right) => [
        right.operation,
        right.place,
        right.does,
        programsText(right),
        right.onlyWith ?? "",
      ]),
    ),
    section("Cache", REDIS_HEAD, redisRows(CACHE_RIGHTS)),
    section("Cache that is a cluster, in addition", REDIS_HEAD, redisRows(CLUSTER_RIGHTS)),
    section("Queue", REDIS_HEAD, redisRows(QUEUE_RIGHTS)),
  ].join("\n");
}

const REDIS_HEAD = ["commands", "for", "programs"];

/** The columns are as wide as the formatter of documents makes them. */
function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return `## ${title}\n\n${[head, rule, ...rows].map(lineOf).join("\n")}\n`;
}

/** Commands with one purpose share a row. */
function redisRows(rights: readonly RedisRight[]): readonly (readonly string[])[] {
  const byPurpose = Map.groupBy(rights, (right) => `${right.does}\n${programsText(right)}`);
  return [...byPurpose.values()].map((same) => [
    same.map(({ command }) => `\`${command.replace("|", "\\|")}\``).join(" "),
    same[0]?.does ?? "",
    same[0] === undefined ? "" : programsText(same[0]),
  ]);
}

function programsText({ by }: RightOf): string {
  return by.join(", ");
}

export const RIGHTS_FORMS = ["iam", "kafka", "redis"] as const;
export type RightsForm = (typeof RIGHTS_FORMS)[number];

/** The rights of one program, for the tools that grant them. Words in capitals are the deployment's own names. */
export function grantText(program: ProgramWithRights, form: RightsForm, queuePrefix?: string): string {
  switch (form) {
    case "iam":
      return JSON.stringify(awsPolicyOf(program), null, 2);
    case "kafka":
      return KAFKA_RIGHTS.filter(({ by }) => by.includes(program))
        .map(({ operation, place }) => {
          const flag = place === "topics" || place === "letters" ? "--topic" : "--group";
          return `--add --allow-principal User:${program} --operation ${operation} ${flag} ${place.toUpperCase().replace(" ", "_")}`;
        })
        .join("\n");
    case "redis":
      return (["cache", "queue"] as const)
        .map((server) => ({
          server,
          rules: redisRulesOf(server, program, server === "cache" ? "TABLE" : "QUEUE", queuePrefix),
        }))
        .filter(({ rules }) => rules.length > 0)
        .map(({ server, rules }) => `# ${server}\nACL SETUSER ${program} on >PASSWORD ${rules.join(" ")}`)
        .join("\n");
  }
}
