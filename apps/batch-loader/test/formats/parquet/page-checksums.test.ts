import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { verifyPageChecksums } from "../../../src/formats/parquet/page-checksums.ts";

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

function zigzag(value: number): number[] {
  return varint(value < 0 ? -value * 2 - 1 : value * 2);
}

/** A page as Parquet has it: type, both sizes, a checksum or none, and an inner header with statistics. */
function page(body: Uint8Array, checksum: number | null): Uint8Array {
  const crc = checksum === null ? [] : [0x15, ...zigzag(checksum | 0)];
  const statistics = [0x1c, 0x18, ...varint(3), 0xff, 0xff, 0xff, 0x16, ...zigzag(-7), 0x11, 0x00];
  const inner = [checksum === null ? 0x2c : 0x1c, 0x15, ...zigzag(10), 0x15, ...zigzag(0), ...statistics, 0x00];
  const list = [0x49, 0x35, ...zigzag(1), ...zigzag(300), ...zigzag(-2)];
  const sizes = [0x15, ...zigzag(0), 0x15, ...zigzag(body.length), 0x15, ...zigzag(body.length)];
  return new Uint8Array([...sizes, ...crc, ...inner, ...list, 0x00, ...body]);
}

describe("verifyPageChecksums", () => {
  const bodies = [0, 1, 200, 70_000].map((length) => new Uint8Array(length).map((_, index) => index % 251));

  test("accepts pages with right checksums, and without any", () => {
    for (const withChecksum of [true, false]) {
      const pages = bodies.map((body) => page(body, withChecksum ? crc32(body) : null));
      expect(() => verifyPageChecksums(Buffer.concat(pages))).not.toThrow();
    }
  });

  test("refuses every changed byte of a page", () => {
    const body = bodies[2] ?? new Uint8Array();
    const good = page(body, crc32(body));
    for (let at = good.length - body.length; at < good.length; at += 1) {
      const damaged = good.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(() => verifyPageChecksums(damaged)).toThrow("differs from its checksum");
    }
  });

  test("leaves what is no page, and a page that is cut, to the decoder", () => {
    const good = page(new Uint8Array(10), crc32(new Uint8Array(10)));
    for (const rest of [new Uint8Array(50).fill(0xff), page(new Uint8Array(200), 1).subarray(0, 100)]) {
      expect(() => verifyPageChecksums(Buffer.concat([good, rest]))).not.toThrow();
    }
    expect(() => verifyPageChecksums(Buffer.concat([good, page(new Uint8Array(9), 1), good]))).toThrow(
      `the page at byte ${good.length} of its column`,
    );
  });
});
