// Which modalities subjects have, as the leaf `present` of a program wants it.

/** @param present by modality, one number per subject @returns copies × subjects × modalities */
export function presentModalities(present: readonly Uint8Array[], copies = 1): Float32Array {
  const subjects = present[0].length;
  const table = new Float32Array(copies * subjects * present.length);
  present.forEach((own, m) => {
    for (let row = 0; row < copies * subjects; row++) table[row * present.length + m] = own[row % subjects];
  });
  return table;
}
