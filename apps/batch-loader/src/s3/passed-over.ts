/**
 * Recognises objects under a prefix that are no data, by their names: files
 * that a writer has not committed yet, files that tools keep beside their
 * output, and objects that the user left out. Each is counted with its reason.
 *
 * Only the part of a name below the prefix is checked, so a prefix that is
 * itself hidden, or an object's whole address, is loaded. A name that is
 * neither data nor known here is not passed over: the load is refused with a
 * message.
 */
import { globPattern } from "./glob-pattern.ts";

/** Why an object was passed over; never renamed. */
export type PassedOverReason =
  /** A segment of its name begins with `_` or `.`: uncommitted, or a tool's own. */
  | "hidden"
  /** A file that a tool leaves beside its output. */
  | "marker"
  /** The folder itself. */
  | "folder"
  /** It has no bytes. */
  | "empty"
  /** Dead letters of earlier loads, where the whole bucket is loaded. */
  | "dead-letters"
  | "excluded"
  | "not-included";

export interface PassedOver {
  readonly reason: PassedOverReason;
  readonly objects: number;
  /** The address of the first one. */
  readonly example: string;
}

export interface ObjectFilter {
  /** One of these patterns must fit; without patterns all names fit. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export const everyObject: ObjectFilter = { include: [], exclude: [] };

/** Where dead letters lie in the bucket of a load's source, if no setting names a place for them. */
export const DEAD_LETTER_PREFIX = "dead-letters/";

export interface ListedObject {
  readonly key: string;
  readonly size: number | undefined;
}

/** Null for an object that must be loaded. */
export type PassOver = (object: ListedObject) => PassedOverReason | null;

/** Names that tools write beside data, in lower case, whole or by their end. */
const MARKERS = [
  // Hadoop on S3, HDFS: directories, copies under way.
  /_\$folder\$$/,
  /\._copying_$/,
  // Flink: parts that are not committed.
  /\.inprogress(\.|$)/,
  /\.pending$/,
  // Athena, Redshift, Iceberg.
  /\.metadata$/,
  /(^|\.)manifest$/,
  /(^|\.)manifest\.json$/,
  /^version-hint\.text$/,
  /\.metadata\.json$/,
  // Checksums and signatures.
  /\.(crc|md5|sha1|sha256|sha512|md5sum|sha256sum|asc|sig)$/,
  // Unfinished copies, editors and desktops.
  /\.(tmp|temp|filepart|crdownload)$/,
  /~$/,
  /^(thumbs\.db|desktop\.ini)$/,
];
/** Folders of uncommitted files whose name does not begin with `_` or `.`: Kafka Connect, Gobblin. */
const UNCOMMITTED_FOLDERS = new Set(["+tmp"]);
const PARTITION = /^[^=]+=/;
/** Iceberg's folder of that name holds such files; data files end differently. */
const ICEBERG_METADATA = /(^|\/)metadata\/[^/]*\.(json|avro|puffin|stats)$/;

/** Dead letters of earlier loads are part of a load only where its source names their place. */
export function passOverUnder(
  prefix: string,
  filter: ObjectFilter = everyObject,
  letters: readonly string[] = [DEAD_LETTER_PREFIX],
): PassOver {
  const lettersBelow = letters.filter((each) => each.length > prefix.length && each.startsWith(prefix));
  const included = filter.include.map(globPattern);
  const excluded = filter.exclude.map(globPattern);
  return ({ key, size }) => {
    const path = key.slice(prefix.length);
    const reason = reasonOf(path);
    if (reason !== null) return reason;
    if (lettersBelow.some((each) => key.startsWith(each))) return "dead-letters";
    if (excluded.some((pattern) => pattern.test(path))) return "excluded";
    if (included.length > 0 && !included.some((pattern) => pattern.test(path))) return "not-included";
    return size === 0 ? "empty" : null;
  };
}

function reasonOf(path: string): PassedOverReason | null {
  const folders = path.split("/");
  const name = folders.pop() ?? "";
  if (folders.some(isHiddenFolder) || /^[_.]/.test(name)) return "hidden";
  if (name === "") return "folder";
  const lower = name.toLowerCase();
  return MARKERS.some((marker) => marker.test(lower)) || ICEBERG_METADATA.test(path) ? "marker" : null;
}

function isHiddenFolder(name: string): boolean {
  return UNCOMMITTED_FOLDERS.has(name) || (/^[_.]/.test(name) && !PARTITION.test(name));
}

/** Counts objects by reason. */
export class PassedOverCount {
  readonly #byReason = new Map<PassedOverReason, PassedOver>();

  add(reason: PassedOverReason, uri: string): void {
    const { objects, example } = this.#byReason.get(reason) ?? { objects: 0, example: uri };
    this.#byReason.set(reason, { reason, objects: objects + 1, example });
  }

  all(): readonly PassedOver[] {
    return [...this.#byReason.values()];
  }
}

/** `3 hidden (s3://b/_temporary/x.ndjson), 1 empty (s3://b/y.csv)` */
export function passedOverText(passedOver: readonly PassedOver[]): string {
  return passedOver.map(({ reason, objects, example }) => `${objects} ${reason} (${example})`).join(", ");
}
