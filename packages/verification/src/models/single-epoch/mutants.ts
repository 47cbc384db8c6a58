/** The mutation table: every rule of the protocol, and each setting that can be modelled. */
import { cacheMutants } from "./cache-mutants.ts";
import type { Mutant } from "../mutant.ts";
import type { ProtocolUnderTest } from "./protocol.ts";
import { planMutants } from "./plan-mutants.ts";
import { settingMutants } from "./setting-mutants.ts";

export const mutants: readonly Mutant<ProtocolUnderTest>[] = [...cacheMutants, ...planMutants, ...settingMutants];
