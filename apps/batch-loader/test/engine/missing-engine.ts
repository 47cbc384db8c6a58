/** A program in the place of the engine's, on a machine where the engine is not installed. */
import type { EngineReply, EngineRequest } from "../../src/engine/messages.ts";

process.on("message", ({ id }: EngineRequest) => {
  const reply: EngineReply = { id, kind: "missing", message: "no engine" };
  process.send?.(reply);
});
