/** Prometheus metrics of one process, fed by the core's events and the lanes' receipts. */
import {
  type CoreEvent,
  countReceipts,
  type Lane,
  noReceipts,
  type Receipt,
  type ReceiptCounts,
} from "@trilane/write-through";
import { storeLimitsDefaults } from "@trilane/write-through/dynamodb";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

const MS_PER_SECOND = 1_000;
const BATCH_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class Metrics {
  readonly registry: Registry = new Registry();
  readonly #receipts: Counter<"lane" | "status">;
  readonly #reads: Counter<"answer">;
  readonly #failures: Counter<"port" | "step" | "code">;
  readonly #batches: Histogram<"kind">;
  readonly #epoch: Gauge;
  readonly #mode: Gauge<"mode">;
  readonly #cacheEpochChanges: Counter<"mode">;
  readonly #healed: Counter;
  readonly #collected: Counter;
  readonly #fences: Gauge;
  readonly #storeWindow: Gauge;
  readonly #clock: Gauge;

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#receipts = this.counter("trilane_receipts_total", "Records by lane and receipt", ["lane", "status"]);
    this.#reads = this.counter("trilane_reads_total", "Keys read, by what answered", ["answer"]);
    this.#failures = this.counter("trilane_failures_total", "Failed steps by port and code", ["port", "step", "code"]);
    this.#epoch = this.gauge("trilane_cache_epoch", "The cache's epoch, as this process knows it");
    this.#mode = this.gauge("trilane_cache_mode", "1 for the cache's mode, as this process knows it", ["mode"]);
    this.#cacheEpochChanges = this.counter(
      "trilane_cache_epoch_changes_total",
      "Changes of the cache epoch by this process",
      ["mode"],
    );
    this.#healed = this.counter(
      "trilane_cache_healed_total",
      "Keys under which the cache held what is not an entry, or a damaged one, and which a read healed",
    );
    this.#collected = this.counter("trilane_cache_collected_total", "Entries of older epochs that a sweep removed");
    this.#fences = this.gauge("trilane_cache_fences", "Fences that this process's last sweep of the cache met");
    this.#storeWindow = this.gauge("trilane_store_calls_max", "Calls of the store that may be under way at once");
    this.#clock = this.gauge(
      "trilane_clock_confirmed",
      "0 while this machine's clock is not the store's: no work is done",
    );
    this.#clock.set(1);
    this.#storeWindow.set(storeLimitsDefaults.callsAtStart);
    this.#batches = new Histogram({
      name: "trilane_batch_seconds",
      help: "Duration of a batch through the core",
      labelNames: ["kind"],
      buckets: BATCH_SECONDS,
      registers: [this.registry],
    });
  }

  countReceipts(lane: Lane, receipts: readonly Receipt[]): void {
    this.addReceipts(lane, countReceipts(noReceipts(), receipts));
  }

  /** Counts receipts of records that nobody holds one by one. */
  addReceipts(lane: Lane, counts: Readonly<Partial<ReceiptCounts>>): void {
    for (const [status, count] of Object.entries(counts)) {
      if (count > 0) this.#receipts.inc({ lane, status }, count);
    }
  }

  countSweep({ removed, fences }: { readonly removed: number; readonly fences: number }): void {
    this.#collected.inc(removed);
    this.#fences.set(fences);
  }

  /** Subscribes to the core's events. */
  observe(event: CoreEvent): void {
    switch (event.type) {
      case "write-batch":
        this.#batches.observe({ kind: "write" }, event.durationMs / MS_PER_SECOND);
        break;
      case "read-batch":
        this.#batches.observe({ kind: "read" }, event.durationMs / MS_PER_SECOND);
        this.#reads.inc({ answer: "cache" }, event.hits);
        this.#reads.inc({ answer: "store" }, event.keys - event.hits);
        break;
      case "port-failed":
        this.#failures.inc({ port: event.port, step: event.step, code: event.error.code });
        break;
      case "publish-unanswered":
        this.#failures.inc({ port: "cache", step: "publish", code: event.error.code }, event.records);
        break;
      case "entries-healed":
        this.#healed.inc(event.keys.length);
        break;
      case "cache-epoch-learned":
        this.#epoch.set(event.epoch);
        for (const mode of ["on", "warm", "off"] as const) this.#mode.set({ mode }, Number(mode === event.mode));
        break;
      case "cache-epoch-changed":
        this.#cacheEpochChanges.inc({ mode: event.to.mode });
        break;
      case "store-window":
        this.#storeWindow.set(event.calls);
        break;
      case "clock":
        this.#clock.set(Number(event.error === null));
        break;
      case "foreign-cache":
      case "reduced":
        break;
    }
  }

  /** The counter of that name. It is made only once, because a process may run a lane several times. */
  counter<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Counter<Label> {
    const known = this.registry.getSingleMetric(name);
    if (known instanceof Counter) return known;
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  /** The gauge of that name, made only once like a {@link counter}. */
  gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[] = []): Gauge<Label> {
    const known = this.registry.getSingleMetric(name);
    if (known instanceof Gauge) return known;
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
