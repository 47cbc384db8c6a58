/**
 * Ends a process whose work is over, whatever a phase of its shutdown has left:
 * sockets would reconnect for ever.
 */
const EXIT_WITHIN_MS = 1_000;

/**
 * Exits with `process.exitCode`. The timer does not keep the process alive, so a process with nothing left ends
 * earlier.
 */
export function exitSoon(): void {
  setTimeout(() => process.exit(), EXIT_WITHIN_MS).unref();
}
