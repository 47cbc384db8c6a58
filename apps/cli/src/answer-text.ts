/** The result of a read as text for people: first its kind, then the features. */
import type { DescribedExplanation, DescribedSide, FeatureAnswer, FieldValues } from "@trilane/feature-api/answers";
import { ageText } from "./duration-text.ts";
import { EXIT } from "./exit-codes.ts";
import { indented, textTable } from "./text-table.ts";

const NONE = "-";

export function answerText(answer: FeatureAnswer): string {
  const title = `${answer.group}  ${fieldsText(answer.key)}`;
  switch (answer.status) {
    case "found": {
      const facts = [
        ["event time", `${answer.eventTime}  (${ageText(answer.ageMs)})`],
        ["version", answer.version],
        ["expires", answer.expiresAt],
        ["source", answer.source],
      ];
      return [title, indented(textTable(facts)), "features", indented(featuresText(answer.features))].join("\n");
    }
    case "absent": {
      const since = answer.eventTime === null ? "" : `, event time ${answer.eventTime}`;
      return `${title}\n  ${answer.message}${since}`;
    }
    case "refused":
    case "failed":
      return `${title}\n  ${answer.status}: ${answer.message} (${answer.code})`;
  }
}

export function answerExitCode(answer: FeatureAnswer): number {
  switch (answer.status) {
    case "found":
      return EXIT.ok;
    case "absent":
      return EXIT.notFound;
    case "refused":
      return EXIT.usage;
    case "failed":
      return answer.retryable ? EXIT.tryAgain : EXIT.failure;
  }
}

export function explanationText(explanation: DescribedExplanation): string {
  const { key, verdict, meaning, epoch, mode, cache, store } = explanation;
  const rows = [["", "cache", "store"], ...SIDE_ROWS.map(([label, cell]) => [label, cell(cache), cell(store)])];
  return `stored as ${key}\n${textTable(rows)}\nverdict: ${verdict}, ${meaning} (epoch ${epoch}, cache ${mode})`;
}

type SideRow = readonly [string, (side: DescribedSide) => string];

const SIDE_ROWS: readonly SideRow[] = [
  ["state", ({ state, error }) => (error === null ? state : `${state}: ${error.code}`)],
  ["version", ({ version }) => version ?? NONE],
  ["event time", ({ eventTime }) => eventTime ?? NONE],
  ["place", ({ place }) => place ?? NONE],
  ["age", ({ ageMs }) => (ageMs === null ? NONE : ageText(ageMs))],
  ["expires", ({ expiresAt }) => expiresAt ?? NONE],
  ["payload", ({ payloadBytes }) => (payloadBytes === null ? NONE : `${payloadBytes} bytes`)],
];

function featuresText(features: FieldValues): string {
  return textTable(Object.entries(features).map(([name, value]) => [name, JSON.stringify(value)]));
}

function fieldsText(fields: FieldValues): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ");
}
