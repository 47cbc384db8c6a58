export { type OperatedRegime, changeLease, switchCacheOff, switchCacheOn } from "./operate-regime.ts";
export { createElapsedTime, type ElapsedTime } from "./elapsed-time.ts";
export { type RegimeAccess } from "./regime-access.ts";
export { isOfOtherLife, otherGuard } from "./other-life.ts";
export { RegimeKeeper, type RegimePorts } from "./regime-keeper.ts";
export { type OffTime, whileCacheIsOff } from "./while-cache-is-off.ts";
export { type RegimeOptions, regimeOptionsDefaults } from "./regime-options.ts";
