/** The verification as a library: explorer, mutants, history checker. */
export { explore } from "./explorer/explore.ts";
export type { Exploration, ExploreOptions, Finding } from "./explorer/search.ts";
export { productionProtocol, type ProtocolUnderTest } from "./explorer/protocol-under-test.ts";
export type { World } from "./explorer/world.ts";
export { findWorld, worlds } from "./explorer/worlds.ts";
export { VerificationError } from "./errors.ts";
export { checkHistory, type HistoryVerdict, type Violation } from "./history/check-history.ts";
export { describeViolation } from "./history/describe-violation.ts";
export { History, type Operation } from "./history/history.ts";
export { type MergedHistory, mergeRecordings } from "./history/merge-recordings.ts";
export { parseHistory } from "./history/parse-history.ts";
export { recordReader, recordWriter } from "./history/record-core.ts";
export { HistoryRecorder } from "./history/recorder.ts";
export type { Mutant } from "./mutants/mutant.ts";
export { mutants } from "./mutants/mutants.ts";
export { runMutant, type MutantResult } from "./mutants/run-mutant.ts";
export { runCampaign, type Campaign, type CampaignOptions } from "./simulator/campaign.ts";
export { simulate, type SimulatedRun, type SimulateOptions } from "./simulator/simulate.ts";
