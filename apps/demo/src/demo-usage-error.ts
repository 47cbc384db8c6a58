/**
 * An error about arguments of the demo that cannot be used. Its message names
 * the argument and the remedy.
 */
export class DemoUsageError extends Error {
  readonly code = "USAGE";

  constructor(message: string) {
    super(message);
    this.name = "DemoUsageError";
  }
}
