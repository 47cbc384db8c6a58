/**
 * Shows the progress of a load on standard error: a bar that is drawn over on a
 * terminal, otherwise a line every few seconds.
 */
import type { Clock } from "@trilane/write-through";
import type { LoadProgress } from "../report.ts";

export interface ProgressReporter {
  readonly onProgress: (progress: LoadProgress) => void;
  /** Draws the last state and ends the line. */
  finish(): void;
}

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const LINE_MS = 3_000;
const BAR_WIDTH = 24;
const MS_PER_SECOND = 1_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Draws by itself from time to time until `finish`, because a unit can take longer than that. */
export function reportProgress(output: ProgressOutput, clock: Pick<Clock, "schedule">): ProgressReporter {
  const isTerminal = output.isTTY === true;
  let last: LoadProgress | null = null;
  let cancel = (): void => undefined;
  const draw = (): void => {
    if (last !== null)
      output.write(isTerminal ? `${CLEAR_LINE}${bar(last)} ${progressText(last)}` : `${progressText(last)}\n`);
  };
  const drawAgain = (): void => {
    draw();
    cancel = clock.schedule(isTerminal ? REDRAW_MS : LINE_MS, drawAgain);
  };
  return {
    onProgress(progress) {
      const isFirst = last === null;
      last = progress;
      if (isFirst) drawAgain();
    },
    finish() {
      cancel();
      draw();
      if (isTerminal && last !== null) output.write("\n");
    },
  };
}

function progressText({ unitsDone, unitsAll, consumed, receipts, elapsedMs }: LoadProgress): string {
  const rate = Math.round(consumed / Math.max(elapsedMs / MS_PER_SECOND, 0.001));
  const counts = Object.entries(receipts).filter(([, count]) => count > 0);
  const text = counts.map(([status, count]) => `${status} ${count}`).join(", ");
  return `${unitsDone}/${unitsAll} units, ${consumed} records, ${rate}/s: ${text}`;
}

function bar({ unitsDone, unitsAll }: LoadProgress): string {
  const filled = unitsAll === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * unitsDone) / unitsAll);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}
