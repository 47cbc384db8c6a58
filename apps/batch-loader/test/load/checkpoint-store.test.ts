import { describe } from "vitest";
import { checkpointStoreContract } from "./checkpoint-store-contract.ts";
import { MemoryCheckpointStore } from "./memory-checkpoint-store.ts";

describe("checkpoints in memory", () => {
  checkpointStoreContract({ open: (nowMs) => Promise.resolve(new MemoryCheckpointStore(nowMs)) });
});
