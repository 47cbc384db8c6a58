/**
 * Remembers what was found out about payloads that are read again and again:
 * that a payload is the one that its version names, and the text that a program
 * makes of its record.
 *
 * It answers for the very bytes that it was asked about before, and says nothing
 * about which version is current, so a read is as fresh with it as without it.
 * What nobody asks for is forgotten after two periods, or when others need the
 * room.
 */
import type { Clock, StoredCopy, Version } from "@trilane/write-through";
import { isIntactCopy } from "./intact-copy.ts";

interface KnownPayload {
  readonly payload: Uint8Array;
  /** Null until somebody asks for it. */
  made: (TextUse & { readonly expiresAtMs: number; readonly text: string }) | null;
}

/** Makes a text of a record. Its answer depends on nothing else. */
export type TextOfRecord = (record: {
  readonly features: Readonly<Record<string, unknown>>;
  readonly version: Version;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}) => string;

/** Groups of other schemas may read other features from the same bytes, and others may make another text of them. */
interface TextUse {
  readonly group: string;
  readonly textOf: TextOfRecord;
}

/** A payload with the version that names it, and the end of its record. */
export interface NamedPayload {
  readonly version: Version;
  readonly payload: Uint8Array;
  readonly expiresAtMs: number;
}

export interface KnownPayloadsOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  /** The bytes of payloads and texts, of which half may be recent. */
  readonly bytesMax?: number;
}

const BYTES_MAX = 32 * 1_024 * 1_024;
const PERIOD_MS = 60_000;
/** An entry of the map, with its version. */
const OVERHEAD_BYTES = 200;
/** Questions between two looks at the clock. */
const QUESTIONS_PER_LOOK = 1_024;

export class KnownPayloads {
  readonly #clock: KnownPayloadsOptions["clock"];
  readonly #recentBytesMax: number;
  #recent = new Map<Version, KnownPayload>();
  #before = new Map<Version, KnownPayload>();
  #recentBytes = 0;
  #periodEndMs: number;
  #questions = 0;

  constructor({ clock, bytesMax = BYTES_MAX }: KnownPayloadsOptions) {
    this.#clock = clock;
    this.#recentBytesMax = bytesMax / 2;
    this.#periodEndMs = clock.monotonicMs() + PERIOD_MS;
  }

  /** As `isIntactCopy` says, which is asked for bytes that are not known. */
  isIntact(copy: StoredCopy): boolean {
    const payload = copy.body?.payload ?? null;
    if (payload === null) return isIntactCopy(copy);
    if (this.#find(copy.version, payload) !== null) return true;
    if (!isIntactCopy(copy)) return false;
    this.#keep(copy.version, { payload: Uint8Array.from(payload), made: null });
    return true;
  }

  /** The text that `make` gave for this record and this use before, or gives now. What it throws is thrown. */
  textOf({ group, textOf }: TextUse, { version, payload, expiresAtMs }: NamedPayload, make: () => string): string {
    const known = this.#find(version, payload);
    const made = known?.made;
    if (made?.group === group && made.textOf === textOf && made.expiresAtMs === expiresAtMs) return made.text;
    const text = make();
    if (known !== null) {
      known.made = { group, textOf, expiresAtMs, text };
      // A text that was put together from parts is one piece after this, and is copied faster into answers.
      this.#recentBytes += Buffer.byteLength(text);
    }
    return text;
  }

  #find(version: Version, payload: Uint8Array): KnownPayload | null {
    this.#questions += 1;
    if (this.#questions % QUESTIONS_PER_LOOK === 0 && this.#clock.monotonicMs() > this.#periodEndMs) this.#forget();
    const recent = this.#recent.get(version);
    const known = recent ?? this.#before.get(version);
    if (known === undefined || Buffer.compare(known.payload, payload) !== 0) return null;
    if (recent === undefined) this.#keep(version, known);
    return known;
  }

  #keep(version: Version, known: KnownPayload): void {
    if (this.#recentBytes > this.#recentBytesMax) this.#forget();
    this.#recent.set(version, known);
    this.#recentBytes += OVERHEAD_BYTES + known.payload.length + (known.made?.text.length ?? 0);
  }

  /** Entries of the present period stay for one more. */
  #forget(): void {
    this.#before = this.#recent;
    this.#recent = new Map();
    this.#recentBytes = 0;
    this.#periodEndMs = this.#clock.monotonicMs() + PERIOD_MS;
  }
}
