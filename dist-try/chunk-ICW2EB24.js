// src/files/crc32.ts
function tableOf(polynomial) {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? remainder >>> 1 ^ polynomial : remainder >>> 1;
    return remainder;
  });
}
var ISO_3309 = tableOf(3988292384);
var CASTAGNOLI = tableOf(2197175160);
function crc32(bytes) {
  return remainderOf(bytes, ISO_3309);
}
function crc32c(bytes) {
  return remainderOf(bytes, CASTAGNOLI);
}
function remainderOf(bytes, table) {
  let crc = 4294967295;
  for (let i = 0; i < bytes.length; i++) crc = crc >>> 8 ^ table[(crc ^ bytes[i]) & 255];
  return (crc ^ 4294967295) >>> 0;
}

export {
  crc32,
  crc32c
};
