import { gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { otherSerializationOf } from "../src/other-serialization.ts";

const text = Buffer.from("some text");

test.each<[string, Buffer]>([
  ["a schema registry's framing (Avro, Protobuf or JSON Schema)", Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), text])],
  ["the framing of AWS Glue's schema registry", Buffer.concat([Buffer.from([3, 0]), Buffer.alloc(16, 9), text])],
  ["an Avro object container", Buffer.concat([Buffer.from("Obj\u0001"), text])],
  ["Avro with a schema's fingerprint", Buffer.concat([Buffer.from([0xc3, 0x01]), Buffer.alloc(8, 5)])],
  ["Protobuf", Buffer.concat([Buffer.from([0x0a, text.length]), text, Buffer.from([0x10, 0x96, 0x01])])],
  ["gzip", gzipSync(text)],
  ["zstd", zstdCompressSync(text)],
  ["UTF-16 text", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("{}", "utf16le")])],
])("says %s", (name, value) => {
  expect(otherSerializationOf(value)).toBe(name);
});

test.each<[string, Buffer]>([
  ["nothing", Buffer.alloc(0)],
  ["damaged JSON", Buffer.from('{"origin":')],
  ["text", Buffer.from("hello\nworld")],
  ["text of another encoding", Buffer.from("caf\u00e9", "latin1")],
  ["a zero byte alone", Buffer.from([0])],
  ["noise", Buffer.from([0x07, 0xff, 0x00, 0x13])],
])("says nothing of %s", (_what, value) => {
  expect(otherSerializationOf(value)).toBeNull();
});
