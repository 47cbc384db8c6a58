/**
 * The memory that a process keeps: what is left of its heap and of the bytes
 * beside it after a collection. The inspector of Node.js asks for both, so the
 * program that is watched is the one that users run.
 */
const BYTES_PER_MIB = 1_048_576;
const ANSWER_MS_MAX = 30_000;
/**
 * Twice, because bytes beside the heap go only when the objects that hold them have gone. The inspector's own command
 * would throw compiled code away as well, and slow the process down for long.
 */
const LOOK = "gc(); gc(); JSON.stringify(process.memoryUsage())";

/** Options of a process that prints the inspector's address, which is on this machine alone. */
export const INSPECTED = ["--expose-gc", "--inspect=127.0.0.1:0"] as const;
export const INSPECTOR_ADDRESS: RegExp = /Debugger listening on (ws:\/\/127\.0\.0\.1:\S+)/;

export interface Keeping {
  /** Collects, and says how much is left. */
  readonly keptMiB: () => Promise<number>;
  readonly close: () => void;
}

interface Answer {
  readonly id: number;
  readonly result?: { readonly result?: { readonly value?: unknown } };
  readonly error?: { readonly message: string };
}

/** @throws Error where nobody listens at the address */
export async function inspectMemory(address: string): Promise<Keeping> {
  const socket = new WebSocket(address);
  const waiting = new Map<number, PromiseWithResolvers<Answer>>();
  const opened = Promise.withResolvers<void>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("message", ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });
  socket.addEventListener("close", () => {
    const gone = new Error(`the process at ${address} answers no longer`);
    opened.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  });
  await within(opened.promise, address);
  let asked = 0;
  const ask = async (method: string, params: object = {}): Promise<Answer> => {
    const answer = Promise.withResolvers<Answer>();
    asked += 1;
    waiting.set(asked, answer);
    socket.send(JSON.stringify({ id: asked, method, params }));
    const told = await within(answer.promise, address);
    if (told.error !== undefined) throw new Error(`the inspector refuses ${method}: ${told.error.message}`);
    return told;
  };
  return {
    async keptMiB() {
      const { result } = await ask("Runtime.evaluate", { expression: LOOK, returnByValue: true });
      const { heapUsed, external } = JSON.parse(String(result?.result?.value)) as NodeJS.MemoryUsage;
      return (heapUsed + external) / BYTES_PER_MIB;
    },
    close: () => socket.close(),
  };
}

async function within<Value>(work: Promise<Value>, address: string): Promise<Value> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer from ${address} in time`)), ANSWER_MS_MAX);
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
