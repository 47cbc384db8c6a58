/**
 * `unit` needs nothing; `integration` needs the servers whose addresses are in the environment; `lua-mutants` starts
 * its own, and waits for nothing, so that it can run beside the others.
 */
import { defineConfig } from "vitest/config";

const LUA_MUTANTS = "packages/verification/test/lua-mutants/*.integration.test.ts";
const shared = {
  exclude: ["**/node_modules/**", "**/dist/**"],
  // Node runs the sources as they are, here as everywhere: rewritten imports make the explorer three times slower.
  experimental: { viteModuleRunner: false },
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["{apps,packages,infra}/*/test/**/*.test.ts", "scripts/test/*.test.ts"],
          exclude: [...shared.exclude, "**/*.integration.test.ts"],
          // A process for each of 200 files would cost more than most of the tests; each file undoes what it sets.
          isolate: false,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "integration",
          include: ["{apps,packages,infra}/*/test/**/*.integration.test.ts"],
          exclude: [...shared.exclude, LUA_MUTANTS],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: "lua-mutants",
          include: [LUA_MUTANTS],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
