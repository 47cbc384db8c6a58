/**
 * Shows the progress of downloads and starts: one line per step on standard
 * error, with its duration. On a terminal a last line names the steps that
 * still run and is rewritten; elsewhere a step that takes long is announced
 * once.
 */
import { messageOf } from "./errors.ts";

export interface Progress {
  /**
   * Reports `label` while `work` runs, and one line when it has ended. `detail` makes the text of that line from the
   * result.
   */
  step<Result>(label: string, work: () => Promise<Result>, detail?: (result: Result) => string): Promise<Result>;
  note(line: string): void;
}

/** A step that has not ended after this long is announced where lines cannot be rewritten. */
const announceAfterMs = 3000;
const clearLine = "\r\u001b[2K";

export const silentProgress: Progress = {
  step: (_label, work) => work(),
  note: () => {},
};

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createProgress(stream: ProgressStream = process.stderr): Progress {
  const rewrites = stream.isTTY === true;
  const running = new Set<string>();
  const line = (text: string): void => {
    const status = rewrites && running.size > 0 ? `  … ${[...running].join(", ")}` : "";
    stream.write(`${rewrites ? clearLine : ""}${text === "" ? "" : `${text}\n`}${status}`);
  };
  return {
    note: line,
    async step(label, work, detail) {
      const startedMs = performance.now();
      const announce = setTimeout(() => !rewrites && line(`  … ${label}`), announceAfterMs);
      running.add(label);
      if (rewrites) line("");
      try {
        const result = await work();
        running.delete(label);
        const text = detail === undefined ? "" : `  ${detail(result)}`;
        line(`  ✓ ${label}  ${seconds(startedMs)}${text}`);
        return result;
      } catch (error) {
        running.delete(label);
        line(`  ✗ ${label}  ${seconds(startedMs)}  ${messageOf(error)}`);
        throw error;
      } finally {
        clearTimeout(announce);
      }
    },
  };
}

function seconds(startedMs: number): string {
  return `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
}
