/**
 * The client sends a heartbeat only where so many milliseconds have passed since
 * the last one, by the time of day. A clock that was set forward and back would
 * keep it silent for hours: each session ends, and nothing can be committed. So
 * the interval lets every heartbeat through; who asks for one does it at
 * intervals, by a clock that nobody sets.
 */
export const HEARTBEAT_WHENEVER_ASKED_MS = -1_000_000_000_000_000;
