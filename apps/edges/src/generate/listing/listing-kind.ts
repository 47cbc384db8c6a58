/** Listings: each generated name says by its construction what has to become of its object. */
import {
  LoadError,
  loadLimitsDefaults,
  ObjectReader,
  resolveSource,
  type SourceObject,
  uriOf,
} from "@trilane/batch-loader/reading";
import { systemClock } from "@trilane/write-through";
import { mustEqual } from "../differs.ts";
import { edgeKind } from "../kind.ts";
import { productWork } from "../product-work.ts";
import { type ListedCaseObject, type ListingCase, listingCases, type ObjectLabel } from "./listing-case.ts";
import { MemoryBucket } from "./memory-bucket.ts";

const BUCKET = "bucket";

export const listingKind = edgeKind<ListingCase>(
  "listing",
  "listings of object stores, and objects that change meanwhile; right is what each name was made to be",
  () => Promise.resolve({ cases: listingCases, check: checkListing, fileOf }),
);

async function checkListing(one: ListingCase): Promise<void> {
  const bucket = new MemoryBucket(one);
  try {
    const found = await productWork(() => resolved(one, bucket));
    const data = one.objects.filter(({ label }) => label === "data");
    if (data.length === 0 || one.objects.some(({ label }) => label === "stranger")) {
      return mustEqual("the load", found instanceof LoadError ? found.code : "resolved", "INVALID_SOURCE");
    }
    if (found instanceof LoadError) throw found;
    const uris = data.map(({ path }) => `s3://${BUCKET}/${one.prefix}${path}`).toSorted(byUnits);
    mustEqual("objects to load", found.objects.map(uriOf), uris);
    mustEqual(
      "objects passed over",
      new Map(found.passedOver.map(({ reason, objects }) => [reason, objects])),
      countsOf(one),
    );
    for (const { path, fate } of data) bucket.happens(one.prefix + path, fate);
    for (const object of found.objects) await checkRead(one, object, bucket);
  } finally {
    bucket.destroy();
  }
}

async function resolved(
  { prefix }: ListingCase,
  s3: MemoryBucket,
): Promise<Awaited<ReturnType<typeof resolveSource>> | LoadError> {
  try {
    const source = `s3://${BUCKET}/${prefix}`;
    return await resolveSource({ s3, source, isManifest: false, limits: loadLimitsDefaults });
  } catch (error) {
    if (error instanceof LoadError) return error;
    throw error;
  }
}

/** An object is read as it was listed, or not at all. */
async function checkRead(one: ListingCase, object: SourceObject, s3: MemoryBucket): Promise<void> {
  const listed = one.objects.find(({ path }) => one.prefix + path === object.key);
  if (listed === undefined) throw new Error(`${object.key} was never listed`);
  const reader = new ObjectReader({ s3, clock: systemClock, random: () => 0, limits: loadLimitsDefaults });
  const read = await productWork(() =>
    reader.bytes(object, { start: 0, end: object.size }).catch((error: unknown) => error),
  );
  const found =
    read instanceof Uint8Array ? Buffer.from(read).toString() : read instanceof LoadError ? read.code : read;
  mustEqual(`what ${listed.fate}`, found, rightRead(listed));
}

function rightRead({ fate, text }: ListedCaseObject): string {
  return fate === "goes" || fate === "is replaced" || fate === "grows" ? "OBJECT_CHANGED" : text;
}

function countsOf({ objects }: ListingCase): ReadonlyMap<ObjectLabel, number> {
  const counts = new Map<ObjectLabel, number>();
  for (const { label } of objects) if (label !== "data") counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function byUnits(left: string, right: string): number {
  return left < right ? -1 : 1;
}

function fileOf(one: ListingCase): { readonly extension: string; readonly bytes: Uint8Array } {
  return { extension: "json", bytes: Buffer.from(JSON.stringify(one, null, 2)) };
}
