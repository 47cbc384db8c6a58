/** Reads the text in which a program serves its metrics. */

/** By the series: a name with its labels, as `trilane_receipts_total{lane="batch",status="applied"}`. */
export type MetricValues = ReadonlyMap<string, number>;

const LINE = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)/;

export function readMetrics(text: string): MetricValues {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const [, series, value] = LINE.exec(line) ?? [];
    if (series !== undefined) values.set(series, Number(value));
  }
  return values;
}

/** The sum over all series of a name whose labels contain the given text; 0 where there is none. */
export function sumOf(values: MetricValues, name: string, labels = ""): number {
  let sum = 0;
  for (const [series, value] of values) {
    const [own = "", rest = ""] = series.split("{", 2);
    if (own === name && rest.includes(labels)) sum += value;
  }
  return sum;
}
