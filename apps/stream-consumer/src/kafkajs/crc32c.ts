/**
 * CRC-32C (Castagnoli), which Kafka puts into every record batch. Node.js has
 * only the other CRC-32. Eight bytes are taken at a time, by eight tables.
 */
const POLYNOMIAL = 0x82_f6_3b_78;
const BYTE_VALUES = 256;
const SLICES = 8;
const BITS_PER_BYTE = 8;
const LOW_BYTE = 0xff;

const tables = makeTables();

/** From 0 to 2^32 - 1. */
export function crc32c(bytes: Buffer): number {
  let crc = -1;
  let at = 0;
  for (; at + SLICES <= bytes.length; at += SLICES) {
    crc =
      lookup(7, crc ^ byteAt(bytes, at)) ^
      lookup(6, (crc >>> 8) ^ byteAt(bytes, at + 1)) ^
      lookup(5, (crc >>> 16) ^ byteAt(bytes, at + 2)) ^
      lookup(4, (crc >>> 24) ^ byteAt(bytes, at + 3)) ^
      lookup(3, byteAt(bytes, at + 4)) ^
      lookup(2, byteAt(bytes, at + 5)) ^
      lookup(1, byteAt(bytes, at + 6)) ^
      lookup(0, byteAt(bytes, at + 7));
  }
  for (; at < bytes.length; at += 1) crc = lookup(0, crc ^ byteAt(bytes, at)) ^ (crc >>> BITS_PER_BYTE);
  return ~crc >>> 0;
}

function lookup(slice: number, value: number): number {
  return tables[slice * BYTE_VALUES + (value & LOW_BYTE)] as number;
}

/** A position that the loop has bounded. */
function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

function makeTables(): Int32Array {
  const made = new Int32Array(SLICES * BYTE_VALUES);
  for (let value = 0; value < BYTE_VALUES; value += 1) {
    let crc = value;
    for (let bit = 0; bit < BITS_PER_BYTE; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ POLYNOMIAL;
    made[value] = crc;
  }
  for (let index = BYTE_VALUES; index < made.length; index += 1) {
    const before = made[index - BYTE_VALUES] ?? 0;
    made[index] = (made[before & LOW_BYTE] ?? 0) ^ (before >>> BITS_PER_BYTE);
  }
  return made;
}
