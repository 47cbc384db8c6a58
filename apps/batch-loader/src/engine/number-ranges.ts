/** Sets of numbers as short text, such as `0-10,12`: most sets of units are a few ranges. */

export function rangesText(numbers: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const number of [...numbers].toSorted((left, right) => left - right)) {
    const range = ranges.at(-1);
    if (range !== undefined && number <= range.last + 1) range.last = number;
    else ranges.push({ first: number, last: number });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`)).join(",");
}

export function numbersOf(text: string): ReadonlySet<number> {
  const numbers = new Set<number>();
  for (const range of text.split(",")) {
    if (range === "") continue;
    const [first = 0, last = first] = range.split("-").map(Number);
    for (let number = first; number <= last; number += 1) numbers.add(number);
  }
  return numbers;
}
