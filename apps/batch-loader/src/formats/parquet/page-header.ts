/**
 * Reads the header of a Parquet page, and refuses a page that claims more than
 * one page may hold. A header is a few bytes that anybody can write, so its
 * numbers are compared with the limits before anything is allocated for them.
 */
import type { PageHeader } from "hyparquet";
import { Encodings, PageTypes } from "hyparquet/src/constants.js";
import { CompactReader, CutOffError, FALSE, STRUCT, TRUE } from "./compact-reader.ts";

export interface PageLimits {
  /** Bytes of one page after decompression. */
  readonly parquetPageBytesMax: number;
  readonly parquetPageValuesMax: number;
}

export interface PageHead {
  readonly header: PageHeader;
  /** Bytes of the header itself. */
  readonly length: number;
}

/** The integers of one structure of the header by field; an inner structure has its own field. */
interface HeaderFields {
  readonly integers: Map<number, number>;
  readonly structures: Map<number, HeaderFields>;
}

const PAGE_TYPE = 1;
const UNCOMPRESSED_SIZE = 2;
const COMPRESSED_SIZE = 3;
const CHECKSUM = 4;
const DATA_HEADER = 5;
const DICTIONARY_HEADER = 7;
const DATA_HEADER_V2 = 8;
const INNER = new Set([DATA_HEADER, DICTIONARY_HEADER, DATA_HEADER_V2]);
const VALUES = 1;

/** Null where the bytes end within the header. @throws RangeError for bytes that are no header of a page */
export function readPageHead(bytes: Uint8Array): PageHead | null {
  const reader = new CompactReader(bytes);
  try {
    const header = headerOf(fieldsOf(reader, INNER));
    return { header, length: reader.offset };
  } catch (error) {
    if (error instanceof CutOffError) return null;
    throw error;
  }
}

/** @throws RangeError for a page that claims more than the limits */
export function checkPageClaims(header: PageHeader, limits: PageLimits): void {
  const { parquetPageBytesMax: bytesMax, parquetPageValuesMax: valuesMax } = limits;
  const { uncompressed_page_size: bytes, compressed_page_size: compressedBytes } = header;
  if (bytes > bytesMax || compressedBytes > bytesMax) {
    const claimed = Math.max(bytes, compressedBytes);
    throw new RangeError(`a page of ${claimed} bytes is larger than the limit of ${bytesMax}: write smaller pages`);
  }
  const values = valuesOf(header);
  if (values > valuesMax) {
    throw new RangeError(`a page of ${values} values is larger than the limit of ${valuesMax}: write smaller pages`);
  }
  const { num_nulls: nulls = 0, num_rows: rows = 0 } = header.data_page_header_v2 ?? {};
  if (bytes < 0 || compressedBytes < 0 || values < 0 || nulls < 0 || nulls > values || rows > values) {
    throw new RangeError("a page header holds impossible numbers");
  }
}

/** The number of values, nulls included. */
export function valuesOf({ data_page_header, data_page_header_v2, dictionary_page_header }: PageHeader): number {
  return (data_page_header ?? data_page_header_v2 ?? dictionary_page_header)?.num_values ?? 0;
}

function fieldsOf(reader: CompactReader, inner: ReadonlySet<number>): HeaderFields {
  const integers = new Map<number, number>();
  const structures = new Map<number, HeaderFields>();
  reader.eachField((field, type) => {
    if (reader.isInteger(type)) integers.set(field, reader.integer());
    else if (type <= FALSE) integers.set(field, type === TRUE ? 1 : 0);
    else if (type === STRUCT && inner.has(field)) structures.set(field, fieldsOf(reader, new Set()));
    else reader.skip(type);
  });
  return { integers, structures };
}

function headerOf({ integers, structures }: HeaderFields): PageHeader {
  const type = PageTypes[required(integers, PAGE_TYPE)];
  if (type === undefined) throw new RangeError("there is no page header: its kind of page does not exist");
  const checksum = integers.get(CHECKSUM);
  const common = {
    type,
    uncompressed_page_size: required(integers, UNCOMPRESSED_SIZE),
    compressed_page_size: required(integers, COMPRESSED_SIZE),
    ...(checksum === undefined ? {} : { crc: checksum }),
  };
  switch (type) {
    case "DATA_PAGE":
      return { ...common, data_page_header: dataHeader(innerOf(structures, DATA_HEADER)) };
    case "DATA_PAGE_V2":
      return { ...common, data_page_header_v2: dataHeaderV2(innerOf(structures, DATA_HEADER_V2)) };
    case "DICTIONARY_PAGE":
      return { ...common, dictionary_page_header: dictionaryHeader(innerOf(structures, DICTIONARY_HEADER)) };
    default:
      return common;
  }
}

function dataHeader(fields: ReadonlyMap<number, number>): NonNullable<PageHeader["data_page_header"]> {
  return {
    num_values: required(fields, VALUES),
    encoding: encodingOf(fields, 2),
    definition_level_encoding: encodingOf(fields, 3),
    repetition_level_encoding: encodingOf(fields, 4),
  };
}

function dataHeaderV2(fields: ReadonlyMap<number, number>): NonNullable<PageHeader["data_page_header_v2"]> {
  return {
    num_values: required(fields, VALUES),
    num_nulls: required(fields, 2),
    num_rows: required(fields, 3),
    encoding: encodingOf(fields, 4),
    definition_levels_byte_length: required(fields, 5),
    repetition_levels_byte_length: required(fields, 6),
    is_compressed: fields.get(7) !== 0,
  };
}

function dictionaryHeader(fields: ReadonlyMap<number, number>): NonNullable<PageHeader["dictionary_page_header"]> {
  return { num_values: required(fields, VALUES), encoding: encodingOf(fields, 2) };
}

function encodingOf(fields: ReadonlyMap<number, number>, field: number): (typeof Encodings)[number] {
  const encoding = Encodings[required(fields, field)];
  if (encoding === undefined) throw new RangeError(`a page has an encoding that does not exist`);
  return encoding;
}

function required(fields: ReadonlyMap<number, number>, field: number): number {
  const value = fields.get(field);
  if (value === undefined) throw new RangeError(`a page header lacks its field ${field}`);
  return value;
}

function innerOf(structures: ReadonlyMap<number, HeaderFields>, field: number): ReadonlyMap<number, number> {
  const inner = structures.get(field);
  if (inner === undefined) throw new RangeError(`a page header lacks its field ${field}`);
  return inner.integers;
}
