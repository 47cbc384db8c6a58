/** The writer of all lanes over a store and a cache in memory, of which each record can be looked at. */
import { type Clock, createNextId, plainCopies, Reader, type Store, Writer } from "@trilane/write-through";
import { MemoryCache, MemoryStore, openSteadyCacheEpoch } from "@trilane/write-through/testing";

type Refuses = Awaited<ReturnType<typeof openSteadyCacheEpoch>>["erasures"]["refuses"];

export interface MemoryCore {
  readonly writer: Writer;
  readonly reader: Reader;
  /** The number of writes that the store was asked for. */
  puts(): number;
  records(): Promise<ReadonlyMap<string, string>>;
  /** Lets go of all records. */
  forget(): void;
}

/** `refuses` is the list of erasures; without it, nobody is erased. */
export async function openMemoryCore(clock: Clock, refuses?: Refuses): Promise<MemoryCore> {
  let memory = new MemoryStore(clock);
  const keys = new Set<string>();
  let asked = 0;
  const store: Store = {
    put(puts) {
      asked += puts.length;
      for (const { key } of puts) keys.add(key);
      return memory.put(puts);
    },
    read: (some) => memory.read(some),
  };
  const cache = new MemoryCache(clock);
  const steady = await openSteadyCacheEpoch(cache, clock);
  const cacheEpoch = { ...steady, erasures: { ...steady.erasures, ...(refuses === undefined ? {} : { refuses }) } };
  const emit = (): void => undefined;
  const ports = {
    store,
    cache,
    clock,
    random: () => 0,
    nextId: createNextId(),
    emit,
    cacheEpoch,
    copies: plainCopies,
  };
  return {
    writer: new Writer(ports),
    reader: new Reader(ports),
    puts: () => asked,
    async records() {
      const all = [...keys].toSorted();
      const copies = await memory.read(all);
      return new Map(all.map((key, index) => [key, copyText(copies[index])]));
    },
    forget() {
      memory = new MemoryStore(clock);
      ports.cache = new MemoryCache(clock);
      keys.clear();
    },
  };
}

function copyText(reply: Awaited<ReturnType<MemoryStore["read"]>>[number] | undefined): string {
  if (reply?.kind !== "found" || reply.copy.body === null) return "nothing";
  const { version, body } = reply.copy;
  return `${version} ${body.expiresAtMs} ${Buffer.from(body.payload ?? []).toString("hex")}`;
}
