/**
 * Scans everything that a run has left for names and markers of persons. Where
 * payloads may be, none of an erased person may be found; logs and reports may
 * hold nobody's.
 *
 * A scan that sees nothing finds nothing. So persons who were not erased must be
 * found in the table, and in the end a marker is planted in each place, which
 * the scan must then find.
 */
import { MARKER_SHAPE } from "../workload/persons.ts";

export interface ScannedText {
  readonly name: string;
  /** Bytes as Latin-1, so that each stands for itself. */
  readonly text: string;
}

export interface ScanPlace {
  readonly name: string;
  /** `payloads`: of persons who are not erased; `nothing`: no name or marker of anybody. */
  readonly mayHold: "payloads" | "nothing";
  read(): AsyncIterable<ScannedText>;
  /** Puts the text there. Returns what takes it away again. */
  plant(text: string): Promise<() => Promise<void>>;
}

export interface ScannedPlace {
  readonly place: string;
  /** The number of items, keys, objects, messages or lines that were looked at. */
  readonly looked: number;
  readonly bytes: number;
  /** The number of names and markers that must not be there. */
  readonly finds: number;
  /** The number of those of persons who were not erased, where these may be. */
  readonly others: number;
}

export interface MarkerScan {
  readonly places: readonly ScannedPlace[];
  /** The places in which a planted marker was found. */
  readonly planted: number;
  readonly problems: readonly string[];
}

const PROBLEMS_MAX = 5;

/** @param erased the names and markers of the erased */
export async function scanMarkers(places: readonly ScanPlace[], erased: ReadonlySet<string>): Promise<MarkerScan> {
  const scanned: ScannedPlace[] = [];
  const problems: string[] = [];
  for (const place of places) {
    const { problems: found, ...result } = await scanPlace(place, erased);
    scanned.push(result);
    problems.push(...found);
  }
  if (scanned.some(({ place, others }) => place === TABLE && others === 0)) {
    problems.push("the scan of the table finds nobody, not even those who are not erased");
  }
  const [word] = erased;
  const blind = word === undefined ? [] : await blindPlaces(places, word);
  problems.push(...blind.map((name) => `the scan does not see a marker that is planted in the ${name}`));
  return { places: scanned, planted: word === undefined ? 0 : places.length - blind.length, problems };
}

/** The place in which the persons who are not erased must be found. */
export const TABLE = "table";

async function scanPlace(
  place: ScanPlace,
  erased: ReadonlySet<string>,
): Promise<ScannedPlace & { readonly problems: readonly string[] }> {
  const counts = { looked: 0, bytes: 0, finds: 0, others: 0 };
  const problems: string[] = [];
  for await (const { name, text } of place.read()) {
    counts.looked += 1;
    counts.bytes += text.length;
    for (const [word] of `${name}\n${text}`.matchAll(MARKER_SHAPE)) {
      const isErased = erased.has(word);
      if (place.mayHold === "payloads" && !isErased) {
        counts.others += 1;
        continue;
      }
      counts.finds += 1;
      const [kind = ""] = word.split("-");
      const whose = isErased ? "an erased person" : "a person";
      problems.push(
        `${place.name}: ${name.replaceAll(MARKER_SHAPE, "…")} holds the ${kind === "person" ? "name" : kind} of ${whose}`,
      );
    }
  }
  return { place: place.name, ...counts, problems: problems.slice(0, PROBLEMS_MAX) };
}

/** The names of the places in which a planted word is not found. */
async function blindPlaces(places: readonly ScanPlace[], word: string): Promise<readonly string[]> {
  const blind: string[] = [];
  for (const place of places) {
    const remove = await place.plant(word);
    const { finds } = await scanPlace(place, new Set([word]));
    await remove();
    if (finds === 0) blind.push(place.name);
  }
  return blind;
}
