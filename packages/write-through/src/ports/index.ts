export * from "./cache.ts";
export * from "./cache-epoch-access.ts";
export * from "./clock.ts";
export * from "./copies.ts";
export * from "./core-ports.ts";
export * from "./erasures.ts";
export * from "./events.ts";
export * from "./store.ts";
