// Some subjects of a table.

/** @param values subjects × columns */
export function selectRows(values: Float32Array, columns: number, rows: Int32Array): Float32Array {
  const selected = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => {
    selected.set(values.subarray(row * columns, (row + 1) * columns), i * columns);
  });
  return selected;
}
