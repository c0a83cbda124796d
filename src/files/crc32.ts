// CRC-32 checksums. The first versions of Node 20 do not have them.

/** Returns the table of remainders. @param polynomial bits from the lowest to the highest power */
function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    return remainder;
  });
}

const ISO_3309 = tableOf(0xedb88320);
const CASTAGNOLI = tableOf(0x82f63b78);

/** Returns the CRC-32 of ISO 3309, which zip entries and PNG chunks use. */
export function crc32(bytes: Uint8Array): number {
  return remainderOf(bytes, ISO_3309);
}

/** Returns the CRC-32C of Castagnoli (RFC 3720), which TensorFlow records use. */
export function crc32c(bytes: Uint8Array): number {
  return remainderOf(bytes, CASTAGNOLI);
}

function remainderOf(bytes: Uint8Array, table: Uint32Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}
