/** The configuration of the tests and of the processes that they start. */
import { defineConfig, type FeatureConfig } from "@trilane/feature-groups";
import { airportsGroup, routesGroup } from "./routes-group.ts";

export const config: FeatureConfig = defineConfig({ groups: { routes: routesGroup, airports: airportsGroup } });
