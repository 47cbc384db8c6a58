/**
 * A finding of `trilane doctor`: the subject, its state, and the remedy where
 * something is wrong.
 */
import { codeOf, shownError } from "../errors.ts";

export type FindingState = "ok" | "warning" | "failure";

export interface Finding {
  /** The server or setting, such as `store`. */
  readonly subject: string;
  readonly state: FindingState;
  /** One sentence, with the remedy unless everything is right. */
  readonly text: string;
}

/** The findings of one subject, added one by one. */
export class Findings {
  readonly #subject: string;
  readonly #all: Finding[] = [];

  constructor(subject: string) {
    this.#subject = subject;
  }

  ok(text: string): void {
    this.#all.push({ subject: this.#subject, state: "ok", text });
  }

  warning(text: string): void {
    this.#all.push({ subject: this.#subject, state: "warning", text });
  }

  failure(text: string): void {
    this.#all.push({ subject: this.#subject, state: "failure", text });
  }

  /** An error of a client, or our own, whose message has the remedy. */
  failed(error: unknown): void {
    const code = codeOf(error);
    const text = code === null ? shownError(error) : shownError(error).replaceAll("\n", " ");
    this.failure(/not authorized|AccessDenied/.test(text) ? `${text}; \`trilane rights\` lists the rights` : text);
  }

  all(): readonly Finding[] {
    return this.#all;
  }
}
