import { loadSettings } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { apiLimitsDefaults } from "../src/limits.ts";

it("has the defaults that the page of settings names", () => {
  expect(apiLimitsDefaults).toMatchObject(
    loadSettings({ TRILANE_CACHE_URL: "redis://cache:1", TRILANE_QUEUE_URL: "redis://queue:1" }).apiLimits,
  );
});
