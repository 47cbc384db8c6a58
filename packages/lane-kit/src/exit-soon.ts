/** The end of a process whose work is over, whatever a phase of its shutdown left behind: sockets reconnect for ever. */
const EXIT_WITHIN_MS = 1_000;

/** With `process.exitCode`. The timer holds nothing itself: a process that has nothing left ends before. */
export function exitSoon(): void {
  setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();
}
