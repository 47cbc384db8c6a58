export * from "./cache.ts";
export * from "./clock.ts";
export * from "./events.ts";
export * from "./store.ts";
