/**
 * Prints data on stdout, as text for people or JSON for programs, and
 * everything else on stderr.
 */

export interface Output {
  readonly isJson: boolean;
  /** Prints `value` with `--json`, otherwise `text`. */
  result(value: unknown, text: string): void;
  /** Prints a line for people on stderr. */
  note(text: string): void;
}

export interface OutputStreams {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

export function createOutput(isJson: boolean, streams: OutputStreams = process): Output {
  return {
    isJson,
    result(value, text) {
      streams.stdout.write(isJson ? `${JSON.stringify(value)}\n` : `${text}\n`);
    },
    note(text) {
      streams.stderr.write(`${text}\n`);
    },
  };
}
