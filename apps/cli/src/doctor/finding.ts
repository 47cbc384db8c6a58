/** A finding of `trilane doctor`: what was looked at, how it is, and what to do where it is not well. */
import { codeOf, shownError } from "../errors.ts";

export type FindingState = "ok" | "warning" | "failure";

export interface Finding {
  /** The server or setting, such as `store`. */
  readonly subject: string;
  readonly state: FindingState;
  /** One sentence; with the remedy unless all is well. */
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

  /** An error of a client or of our own; its message has the remedy. */
  failed(error: unknown): void {
    const code = codeOf(error);
    this.failure(code === null ? shownError(error) : shownError(error).replaceAll("\n", " "));
  }

  all(): readonly Finding[] {
    return this.#all;
  }
}
