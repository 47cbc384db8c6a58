/**
 * A process with the lifecycle of a lane. It says "ready", drains for the given
 * milliseconds, says "drained", and leaves a timer behind, as a client that
 * reconnects would. The argument `throw` instead causes an uncaught error, with
 * the properties that a client adds to its errors.
 */
import { systemClock } from "@trilane/write-through";
import { once } from "node:events";
import { exitSoon } from "../src/exit-soon.ts";
import { Lifecycle } from "../src/lifecycle.ts";
import { createLogger } from "../src/logger.ts";

const REPEAT_MS = 50;
const [what = "0"] = process.argv.slice(2);
const lifecycle = new Lifecycle({ logger: createLogger("test", "info"), clock: systemClock });
lifecycle.listen();
lifecycle.onShutdown("drain", { timeLimitMs: 10_000 }, async () => {
  await systemClock.sleep(Number(what) || 0);
  process.stdout.write("drained\n");
});
setInterval(() => undefined, REPEAT_MS);
process.stdout.write("ready\n");
if (what === "throw") {
  const error = Object.assign(new Error("no answer"), { command: { name: "auth", args: ["S3cr3tM4rker"] } });
  setImmediate(() => Promise.reject(error));
}
if (!lifecycle.signal.aborted) await once(lifecycle.signal, "abort");
await lifecycle.shutdown("finished");
process.exitCode = lifecycle.exitCode;
exitSoon();
