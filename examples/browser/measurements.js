// Measurements of a person, in the units of the tables, and their distances from the mean of the fit.

/**
 * Returns the measured columns of a person, those furthest from the mean first. Levels, counts and transformed columns
 * are left out.
 */
export function measurements({ modalities }, row) {
  return modalities
    .filter(({ transform, covariates, regularArray }) => !transform && !covariates && !regularArray)
    .flatMap(({ name: modality, columns, values, observed }) =>
      columns.flatMap((column, c) => {
        const at = row * columns.length + c;
        if (observed?.[at] === 0 || !['gaussian', undefined].includes(column.kind)) return [];
        const scaled = values[at] * column.sd + column.mean;
        const value = column.log ? Math.exp(scaled) - column.offset : scaled;
        return [{ modality, column: column.name, value: text(value), deviations: values[at] }];
      }),
    )
    .sort((a, b) => Math.abs(b.deviations) - Math.abs(a.deviations));
}

const text = (value) => String(Number(value.toPrecision(4))).replace('-', '−');
