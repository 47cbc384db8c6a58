/**
 * The most CPU time that the main thread uses between two turns of the event
 * loop. On a busy machine the loop also stands still because its thread gets no
 * core, which says nothing about the program; this figure leaves that out.
 */
const EVERY_MS = 10;
const US_PER_MS = 1_000;

export function watchComputing(): { end(): number } {
  let [lastMs, mostMs] = [computedMs(), 0];
  const look = (): void => {
    const nowMs = computedMs();
    mostMs = Math.max(mostMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    end() {
      clearInterval(timer);
      return mostMs;
    },
  };
}

function computedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / US_PER_MS;
}
