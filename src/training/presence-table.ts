// The values of the leaf `present` of a program: which modalities each subject has.

/**
 * Returns the presence of modalities, copies × subjects × modalities.
 * @param present by modality, one number per subject
 */
export function presentModalities(present: readonly Uint8Array[], copies = 1): Float32Array {
  const subjects = present[0].length;
  const table = new Float32Array(copies * subjects * present.length);
  present.forEach((marks, m) => {
    for (let row = 0; row < copies * subjects; row++) table[row * present.length + m] = marks[row % subjects];
  });
  return table;
}
