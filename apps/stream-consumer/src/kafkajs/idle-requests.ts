/**
 * Keeps idle connections of kafkajs from waking the process. A connection of
 * kafkajs that has nothing to send sets a timer in the past, again and again:
 * on current Node.js it wakes the process nine hundred times a second. Without
 * pending requests there is nothing to look at, and a new request looks by
 * itself. The queue is a class of the module, so this is done once per process;
 * nothing of the installed package is changed.
 */
import { createRequire } from "node:module";

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

const requireOf = createRequire(import.meta.url);
let isInstalled = false;

/** Replaces the timer. Calling it again changes nothing. */
export function letIdleRequestsRest(): void {
  if (isInstalled) return;
  isInstalled = true;
  const { prototype } = requireOf("kafkajs/src/network/requestQueue") as { readonly prototype: RequestQueue };
  const look = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) look.call(this);
  };
}
