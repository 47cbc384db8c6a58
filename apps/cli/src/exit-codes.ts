/** The meaning of the command's exit codes; `trilane --help` lists them. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  notFound: 3,
  mismatch: 3,
  refused: 4,
  /** EX_TEMPFAIL. */
  tryAgain: 75,
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0   done; for \`put\`, \`rm\` and \`enqueue\` also when a newer version was there (see the receipt)
  1   failed
  2   wrong arguments, or a setting is missing
  3   no such record; \`audit\`, \`repair\`: cache and store differ in a way that must never be
  4   a record was refused, or its time to live is over (the receipt says why); \`load\`: no row was good, or
      more were refused than --dead-max
  75  not done, and may well be when it is run again: a server gave no answer, a load was interrupted`;
