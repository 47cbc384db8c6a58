/** `unit` needs nothing; `integration` needs the servers whose addresses are in the environment. */
import { defineConfig } from "vitest/config";

const shared = { exclude: ["**/node_modules/**", "**/dist/**"] };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["{apps,packages,infra}/*/test/**/*.test.ts"],
          exclude: [...shared.exclude, "**/*.integration.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "integration",
          include: ["{apps,packages,infra}/*/test/**/*.integration.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
