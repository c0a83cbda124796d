// Compares the runs of a Parquet page with the number of its values before hyparquet decodes them: it writes the number
// of values that a run claims. Checks definition levels and dictionary indices of flat columns (RLE / bit-packed
// hybrid).

import type { CompressionCodec, Compressors, DataReader, PageHeader, SchemaElement } from 'hyparquet';
import { decompressPage } from 'hyparquet/src/datapage.js';
import { readVarInt } from 'hyparquet/src/thrift.js';

/** A column of the schema, with the codec of its chunk. */
export interface PackedColumn {
  readonly element: SchemaElement;
  readonly codec: CompressionCodec;
  readonly compressors: Compressors;
}

/**
 * Checks the runs of a page.
 * @param packed the page as stored in the file, without its header
 * @throws Error if a run is longer than its page or outside it
 */
export function checkRuns(packed: Uint8Array, header: PageHeader, { element, codec, compressors }: PackedColumn): void {
  const { data_page_header: first, data_page_header_v2: second } = header;
  const levels = element.repetition_type === 'REQUIRED' ? undefined : 1;
  if (first) {
    const page = decompressPage(packed, header.uncompressed_page_size, codec, compressors);
    const reader = readerOf(page);
    if (levels) checkPrefixed(reader, levels, first.num_values);
    checkValues(reader, first.encoding, element, first.num_values);
  } else if (second) {
    const { repetition_levels_byte_length: repetitions, definition_levels_byte_length: definitions } = second;
    if (levels) checkHybrid(readerOf(packed.subarray(repetitions)), levels, second.num_values);
    const values = packed.subarray(levels ? repetitions + definitions : repetitions);
    const size = header.uncompressed_page_size - repetitions - definitions;
    const page = second.is_compressed === false ? values : decompressPage(values, size, codec, compressors);
    checkValues(readerOf(page), second.encoding, element, second.num_values - second.num_nulls);
  }
}

function checkValues(reader: DataReader, encoding: string, { type }: SchemaElement, values: number): void {
  if (encoding === 'RLE' && type === 'BOOLEAN') {
    checkPrefixed(reader, 1, values);
  } else if (encoding === 'RLE' || encoding === 'PLAIN_DICTIONARY' || encoding === 'RLE_DICTIONARY') {
    checkHybrid(reader, reader.view.getUint8(reader.offset++), values);
  }
}

/** Checks runs that follow their length in bytes, and advances the reader to their end. */
function checkPrefixed(reader: DataReader, width: number, values: number): void {
  const length = reader.view.getUint32(reader.offset, true);
  reader.offset += 4;
  const end = reader.offset + length;
  checkHybrid(reader, width, values);
  reader.offset = end;
}

function checkHybrid(reader: DataReader, width: number, values: number): void {
  let seen = 0;
  while (seen < values && reader.offset < reader.view.byteLength) {
    const run = readVarInt(reader);
    const isPacked = (run & 1) === 1;
    // Bit-packed: groups of eight values.
    const count = isPacked ? (run >> 1) * 8 : run >>> 1;
    const bytes = isPacked ? (run >> 1) * width : (width + 7) >> 3;
    if (!(count >= 0 && count <= values + 7 && reader.offset + bytes <= reader.view.byteLength)) {
      throw new Error(`a run of ${count} values is in a page of ${values}`);
    }
    reader.offset += bytes;
    seen += count;
  }
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
}
