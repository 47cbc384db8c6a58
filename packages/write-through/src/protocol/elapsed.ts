/**
 * Two kinds of elapsed time, which the compiler keeps apart.
 *
 * A process that waits for the end of a lease must not believe that it ends too
 * early, and the holder of the lease must not believe that it ends too late. So
 * a *lease* is judged by a clock that runs ahead when in doubt: it ends early,
 * which costs one look at the record. A *wait* is judged by a clock that lags
 * when in doubt: it ends late. There is doubt when a wall clock is set, and
 * when a machine is suspended.
 *
 * Moments are opaque: they cannot be subtracted, and one kind is not accepted
 * where the other is asked for. `cache-epoch/elapsed-time.ts` makes them from a
 * process's two clocks.
 */

declare const leaseBrand: unique symbol;
declare const waitBrand: unique symbol;

/** A moment by which leases are judged. */
export interface LeaseMoment {
  readonly [leaseBrand]: never;
}

/** A moment by which waits are judged. */
export interface WaitMoment {
  readonly [waitBrand]: never;
}

/** One moment, on both clocks. */
export interface Now {
  readonly lease: LeaseMoment;
  readonly wait: WaitMoment;
}

/** `ms`: milliseconds since a fixed moment of the process, never fewer than have really passed. */
export function leaseMoment(ms: number): LeaseMoment {
  return ms as unknown as LeaseMoment;
}

/** `ms`: milliseconds since a fixed moment of the process, never more than have really passed. */
export function waitMoment(ms: number): WaitMoment {
  return ms as unknown as WaitMoment;
}

/** At least as many milliseconds as have really passed. */
export function leaseMsBetween(since: LeaseMoment, until: LeaseMoment): number {
  return (until as unknown as number) - (since as unknown as number);
}

/** At most as many milliseconds as have really passed. */
export function waitMsBetween(since: WaitMoment, until: WaitMoment): number {
  return (until as unknown as number) - (since as unknown as number);
}

export function latestLeaseMoment(a: LeaseMoment, b: LeaseMoment): LeaseMoment {
  return leaseMsBetween(a, b) > 0 ? b : a;
}
