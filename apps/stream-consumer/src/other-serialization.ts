/**
 * Recognises by its first bytes a value that is plainly not JSON: a producer of
 * another serialization writes to a topic by mistake, or a lane is bound to the
 * wrong topic. Only values that cannot be JSON are named.
 */
interface Mark {
  readonly name: string;
  readonly bytes: readonly number[];
  /** The minimum length of such a value. */
  readonly bytesMin?: number;
}

/** Longer marks come first. */
const MARKS: readonly Mark[] = [
  { name: "an Avro object container", bytes: [0x4f, 0x62, 0x6a, 0x01] },
  { name: "Parquet", bytes: [0x50, 0x41, 0x52, 0x31] },
  { name: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: "an LZ4 frame", bytes: [0x04, 0x22, 0x4d, 0x18] },
  { name: "snappy in Java's framing", bytes: [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59] },
  { name: "a zip archive", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: "a serialised Java object", bytes: [0xac, 0xed, 0x00, 0x05] },
  { name: "gzip", bytes: [0x1f, 0x8b] },
  { name: "Avro with a schema's fingerprint", bytes: [0xc3, 0x01], bytesMin: 10 },
  { name: "UTF-16 text", bytes: [0xff, 0xfe] },
  { name: "UTF-16 text", bytes: [0xfe, 0xff] },
];
const REGISTRY_MARK = 0;
const REGISTRY_BYTES_MIN = 5;
const GLUE_MARK = 3;
const GLUE_COMPRESSIONS: readonly number[] = [0, 5];
/** The mark, the compression and a UUID. */
const GLUE_BYTES_MIN = 18;
const FIELDS_MAX = 10_000;

/** Null: nothing is recognised, and the value may be damaged JSON. */
export function otherSerializationOf(value: Uint8Array): string | null {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length >= REGISTRY_BYTES_MIN && bytes[0] === REGISTRY_MARK) {
    return "a schema registry's framing (Avro, Protobuf or JSON Schema)";
  }
  if (bytes.length >= GLUE_BYTES_MIN && bytes[0] === GLUE_MARK && GLUE_COMPRESSIONS.includes(bytes[1] ?? -1)) {
    return "the framing of AWS Glue's schema registry";
  }
  const mark = MARKS.find(({ bytes: own, bytesMin = own.length }) => {
    return bytes.length >= bytesMin && own.every((byte, index) => bytes[index] === byte);
  });
  if (mark !== undefined) return mark.name;
  return looksBinary(bytes) && isProtobuf(bytes) ? "Protobuf" : null;
}

/** Text has no control characters except white space, and damaged JSON is text. */
function looksBinary(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
}

const WIRE = { varint: 0, fixed64: 1, sized: 2, fixed32: 5 } as const;
const FIELD_NUMBER_MAX = 2 ** 29 - 1;

/** True for a whole message of the wire format, with fields up to the last byte. */
function isProtobuf(bytes: Buffer): boolean {
  let at = 0;
  for (let fields = 0; at < bytes.length && fields < FIELDS_MAX; fields += 1) {
    const tag = varintAt(bytes, at);
    if (tag === null) return false;
    const [wire, number] = [tag.value % 8, Math.floor(tag.value / 8)];
    if (number < 1 || number > FIELD_NUMBER_MAX) return false;
    const end = endOfField(bytes, tag.end, wire);
    if (end === null || end > bytes.length) return false;
    at = end;
  }
  return bytes.length > 0;
}

function endOfField(bytes: Buffer, at: number, wire: number): number | null {
  switch (wire) {
    case WIRE.varint:
      return varintAt(bytes, at)?.end ?? null;
    case WIRE.fixed64:
      return at + 8;
    case WIRE.fixed32:
      return at + 4;
    case WIRE.sized: {
      const size = varintAt(bytes, at);
      return size === null ? null : size.end + size.value;
    }
    default:
      return null;
  }
}

const VARINT_BYTES_MAX = 10;

function varintAt(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let index = 0; index < VARINT_BYTES_MAX; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return null;
}
