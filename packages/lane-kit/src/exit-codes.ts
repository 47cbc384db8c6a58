/** The exit codes of every lane and of the command: the one table of what a scheduler may act on. */
import { SettingsError } from "./settings/settings-error.ts";

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  /** EX_TEMPFAIL. */
  tryAgain: 75,
  /** As shells number an end by ctrl-C. */
  forced: 130,
} as const;

export type ExitName = keyof typeof EXIT;

/** Of a program that reads until a signal; others say some of it more precisely. */
const MEANINGS: Readonly<Partial<Record<ExitName, string>>> = {
  ok: "done, or ended by a signal after what was under way",
  failure: "failed",
  usage: "wrong arguments, a setting or a definition is missing or wrong: the same start fails again",
  tryAgain: "not done, and may well be when it is started again: a server gave no answer",
  forced: "a second signal ended it at once",
};

/** Errors, by their code, of what was given to the program and not of what it met. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  // Feature groups: the configuration, and names in arguments.
  "CONFIG_NOT_FOUND",
  "CONFIG_UNREADABLE",
  "CONFIG_INVALID",
  "INVALID_GROUP_NAME",
  "INVALID_KEY_FIELDS",
  "INVALID_EVENT_TIME_RULE",
  "INVALID_TTL",
  "INVALID_SCHEMA",
  "INVALID_OPTION",
  "ASYNC_SCHEMA",
  "UNKNOWN_GROUP",
  "INVALID_KEY",
  // Lanes: bindings of topics, the module of the resolvers, what is sent as a job.
  "BINDING_INVALID",
  "INVALID_SETTING",
  "INVALID_JOB",
  // Servers that answer, and refuse TLS, certificate or login: the settings of one of the two sides are wrong.
  "BROKERS_REFUSED",
  "TOKEN_REFUSED",
  "QUEUE_REFUSED",
  "SOURCE_REFUSED",
]);

/** Of whatever was thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SettingsError) return EXIT.usage;
  if (!(error instanceof Error)) return EXIT.failure;
  if ("code" in error && typeof error.code === "string" && USAGE_CODES.has(error.code)) return EXIT.usage;
  // All errors of the packages say so by this field; some packages are loaded only where they are needed.
  return "retryable" in error && error.retryable === true ? EXIT.tryAgain : EXIT.failure;
}

const CODE_WIDTH = 3;

/** For a usage text: one line for each code. `own`: what a program says otherwise, or more. */
export function exitCodesText(own: Readonly<Partial<Record<ExitName, string>>> = {}): string {
  const meanings = { ...MEANINGS, ...own };
  const names = (Object.keys(EXIT) as ExitName[]).filter((name) => meanings[name] !== undefined);
  const lines = names.map((name) => `  ${String(EXIT[name]).padEnd(CODE_WIDTH)}  ${meanings[name]}`);
  return `Exit codes:\n${lines.join("\n")}`;
}
