/** The figures as Markdown tables, with ratios to the first approach of each load. */
import type { Figures } from "./measure.ts";

export function writeTable(all: readonly Figures[]): string {
  return table(
    ["keys", "writer", "records/s", "ratio", "client CPU", "ratio", "store calls", "cache calls", "capacity units"],
    all.map((one) => {
      const base = baseOf(all, one);
      return [
        one.load,
        one.name,
        whole(one.perSecond),
        ratio(one.perSecond, base.perSecond),
        `${one.cpuUs.toFixed(0)} µs`,
        ratio(one.cpuUs, base.cpuUs),
        one.storeCalls.toFixed(3),
        one.cacheCalls.toFixed(3),
        one.capacity.toFixed(2),
      ];
    }),
  );
}

export function readTable(all: readonly Figures[]): string {
  return table(
    ["reads", "reader", "keys/s", "ratio", "client CPU", "ratio", "cache calls"],
    all.map((one) => {
      const base = baseOf(all, one);
      return [
        one.load,
        one.name,
        whole(one.perSecond),
        ratio(one.perSecond, base.perSecond),
        `${one.cpuUs.toFixed(1)} µs`,
        ratio(one.cpuUs, base.cpuUs),
        one.cacheCalls.toFixed(3),
      ];
    }),
  );
}

function baseOf(all: readonly Figures[], { load }: Figures): Figures {
  const base = all.find((one) => one.load === load);
  if (base === undefined) throw new RangeError(`no figures for ${load}`);
  return base;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map((_, index) => (index < 2 ? "---" : "---:"))) + rows.map(line).join("");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)}×`;
}
