/** The configuration of the tests' processes: its group has a name of its own per run. */
import { defineConfig, type FeatureConfig } from "@trilane/feature-groups";
import { routesGroup } from "./routes-group.ts";

export const config: FeatureConfig = defineConfig({
  groups: { [process.env["TRILANE_TEST_GROUP"] ?? "routes"]: routesGroup },
});
