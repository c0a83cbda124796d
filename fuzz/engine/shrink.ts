// Shortens an input that causes an error: removes pieces, large ones first, as long as the error stays the same.

const MAX_ATTEMPTS = 2000;

export async function shrink(
  bytes: Uint8Array,
  isSame: (shorter: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let result = bytes;
  let attempts = 0;
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < result.length && attempts < MAX_ATTEMPTS; attempts++) {
      const shorter = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + size)]);
      if (await isSame(shorter)) result = shorter;
      else at += size;
    }
  }
  return result;
}
