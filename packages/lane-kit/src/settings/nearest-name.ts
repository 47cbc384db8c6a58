/** The known name that a misspelt one was probably meant to be, by Levenshtein's edit distance. */

/** The share of a name's length. Names that differ by more do not resemble each other. */
const DISTANCE_SHARE_MAX = 0.4;

/** Null where no name is near. Of equally near names the first one counts. */
export function nearestName(name: string, known: Iterable<string>): string | null {
  let nearest: string | null = null;
  let least = Math.floor(name.length * DISTANCE_SHARE_MAX) + 1;
  for (const candidate of known) {
    const distance = editDistance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

/** How many characters must be inserted, removed or replaced. */
export function editDistance(from: string, to: string): number {
  // Of the prefix of `from` so far: the distance to each prefix of `to`.
  let row = Array.from({ length: to.length + 1 }, (_, length) => length);
  for (let index = 1; index <= from.length; index += 1) {
    const next = [index];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = at(row, column - 1) + Number(from[index - 1] !== to[column - 1]);
      next.push(Math.min(at(row, column) + 1, at(next, column - 1) + 1, replaced));
    }
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
