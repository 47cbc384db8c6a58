/**
 * The faults of a link between a process and a server. At most one of them
 * holds at a time.
 */
export type LinkFault =
  /** Every chunk of both directions arrives `ms` later, in order. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Each direction passes no more than so many bytes per second. */
  | { readonly kind: "narrow"; readonly bytesPerSecond: number }
  /** All connections are reset at once; new ones are accepted and reset. */
  | { readonly kind: "cut" }
  /** Connections stay open and the bytes of both directions vanish; those that lost bytes are reset at the end. */
  | { readonly kind: "half-open" }
  /** The bytes of both directions are held, and arrive in order at the end; so commands run late. */
  | { readonly kind: "stall" }
  /** Requests arrive, replies vanish. A connection that lost a reply is reset a moment later. */
  | { readonly kind: "drop-replies" }
  /**
   * For DynamoDB only: requests are refused as DynamoDB refuses those that exceed the throughput, and do not reach it.
   */
  | { readonly kind: "throttle" };

export type LinkFaultKind = LinkFault["kind"];

export type FaultCounts = Record<LinkFaultKind, number>;

export function noFaults(): FaultCounts {
  return { delay: 0, narrow: 0, cut: 0, "half-open": 0, stall: 0, "drop-replies": 0, throttle: 0 };
}
