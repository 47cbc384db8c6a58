/** Stands before a writer or a reader of the core, and records its calls. */
import { NO_VERSION, type Reader, type ReadResult, type Writer } from "@trilane/write-through";
import type { HistoryRecorder } from "./recorder.ts";

type WriterMethods = Pick<Writer, "isErased" | "write" | "timeOfDay">;

export function recordWriter(core: WriterMethods, recorder: HistoryRecorder): WriterMethods {
  return {
    isErased: (subject, eventTimeUs) => core.isErased(subject, eventTimeUs),
    timeOfDay: () => core.timeOfDay(),
    async write(records, options) {
      const call = recorder.invoke(records);
      const receipts = await core.write(records, options);
      recorder.settle(call, records, receipts);
      return receipts;
    },
  };
}

type ReaderMethods = Pick<Reader, "read" | "readOne" | "explain">;

export function recordReader(core: ReaderMethods, recorder: HistoryRecorder): ReaderMethods {
  const record = (key: string, result: ReadResult, invoke: number): void => {
    if (result.kind === "failed") return;
    const version = result.version === NO_VERSION ? null : result.version;
    const isHidden = result.kind === "absent" && version !== null;
    recorder.read({ key, version, invoke, return: recorder.nowNs(), ...(isHidden ? { found: false } : {}) });
  };
  return {
    explain: (key) => core.explain(key),
    async readOne(key) {
      const invoke = recorder.nowNs();
      const result = await core.readOne(key);
      record(key, result, invoke);
      return result;
    },
    async read(keys) {
      const invoke = recorder.nowNs();
      const results = await core.read(keys);
      results.forEach((result, index) => record(keys[index] ?? "", result, invoke));
      return results;
    },
  };
}
