/**
 * The meaning of the command's exit codes; `trilane --help` lists them. They
 * are those of the lanes.
 */
import { EXIT as LANE_EXIT, exitCodesText } from "@trilane/lane-kit";

export const EXIT = { ...LANE_EXIT, mismatch: LANE_EXIT.notFound } as const;

export const EXIT_CODES_HELP: string = exitCodesText({
  ok: "done; for `put`, `rm` and `enqueue` also when a newer version was there (see the receipt)",
  notFound: "no such record; `audit`, `repair`: cache and store differ in a way that must never be",
  refused: `a record was refused, or its time to live is over (the receipt says why); \`load\`: no row was good, or
       more were refused than --dead-max`,
  tryAgain:
    "not done, and may well be when it is run again: a server gave no answer or is full, a load was interrupted",
});
