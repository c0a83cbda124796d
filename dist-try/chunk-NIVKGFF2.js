import {
  Gaussian,
  IMPUTATION_COVARIANCE,
  IMPUTATION_MEAN
} from "./chunk-G45XYAMO.js";
import {
  latentNodes
} from "./chunk-64LFUNOM.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  untransformed
} from "./chunk-RANRHDGW.js";
import {
  isMeasured,
  isSize
} from "./chunk-SG2VJTFE.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/data/units.ts
function inUnits(scale, value, transform) {
  const { log, offset, mean, sd } = scale;
  const raw = value * sd + mean;
  if (transform && isMeasured(scale.kind)) return untransformed(transform, scale, raw);
  return log ? Math.exp(raw) - offset : raw;
}

// src/questions/variables.ts
function latentNames({ model }) {
  return latentNodes(model.modalities.map(({ name, latents }) => ({ name, latents }))).map(({ name }) => name);
}
function columnVariables({ columns }) {
  let at = 0;
  return columns.flatMap(
    ({ name: modality, columns: scales, transform }, m) => scales.flatMap((scale, c) => {
      const position = at++;
      if (isSize(scale.kind)) return [];
      return [
        {
          name: `${modality}.${scale.name}`,
          modality,
          column: scale.name,
          unit: unitOf(transform),
          m,
          c,
          at: position,
          width: scales.length,
          measured: isMeasured(scale.kind),
          inUnits: (value) => inUnits(scale, value, transform)
        }
      ];
    })
  );
}
function checkUnits(columns) {
  const without = columns.find(({ unit }) => unit !== "table");
  if (!without) return;
  throw new InputError(
    "no-inverse",
    `Modality "${without.modality}" was fitted as ${without.unit}: its values are relative to the total of a row, which the model does not know, so they have no value in the units of the table. Fit it with log1p, arcsinh or rank.`,
    { modality: without.modality }
  );
}
function unitOf(transform) {
  return transform?.kind === "cpm" || transform?.kind === "clr" ? transform.kind : "table";
}

// src/questions/gaussian-answers.ts
function measuredColumns(summary) {
  return columnVariables(summary).filter(({ m, c }) => isMeasured(summary.columns[m].columns[c].kind));
}
function measuredTable(columns, values, rows) {
  const size = rows * columns.length;
  const [table, marks] = [new Float64Array(size), new Uint8Array(size)];
  for (let row = 0; row < rows; row++) {
    columns.forEach(({ m, c, width }, k) => {
      const { values: ofModality, observed } = values[m];
      table[row * columns.length + k] = ofModality[row * width + c];
      marks[row * columns.length + k] = observed?.[row * width + c] ?? 1;
    });
  }
  return { samples: { values: table, rows, columns: columns.length }, observed: marks };
}
function savedGaussian(parameters) {
  const [mean, covariance] = [IMPUTATION_MEAN, IMPUTATION_COVARIANCE].map((name) => parameters.get(name));
  return mean && covariance && Gaussian.of(mean.values, covariance.values);
}
function gaussianParameters({ mean, covariance }) {
  const [width, values] = [mean.length, Float32Array.from(covariance.to1DArray())];
  return /* @__PURE__ */ new Map([
    [IMPUTATION_MEAN, { shape: [1, width], values: Float32Array.from(mean) }],
    [IMPUTATION_COVARIANCE, { shape: [1, width, width], values }]
  ]);
}
function gaussianAnswers({ summary, gaussian }, values, rows) {
  const { imputation } = summary;
  if (!imputation || !gaussian) return () => void 0;
  const columns = measuredColumns(summary);
  const positions = new Map(columns.map(({ at }, k) => [at, k]));
  const firsts = summary.columns.map((_, m) => columns.findIndex((column) => column.m === m));
  const present = values.map((table, m) => presenceOf({ ...table, columns: summary.columns[m].columns }));
  const conditional = gaussian.conditional(measuredTable(columns, values, rows));
  return (row, { m, at }) => {
    const { cells, whole } = imputation.modalities[m];
    const mix = present[m][row] === 1 ? cells : whole;
    const k = positions.get(at);
    if (!mix || k === void 0) return void 0;
    const cell = row * columns.length + k;
    return { mean: conditional.mean[cell], sd: conditional.sd[cell] * mix.spread[k - firsts[m]], weight: mix.weight };
  };
}
function joinedDraws(draws, expected, { mean, sd, weight }) {
  const centre = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const square = draws.reduce((sum, value) => sum + (value - centre) ** 2, 0) / draws.length;
  const stretch = square > 0 ? sd / Math.sqrt(square) : 0;
  const answer = expected + weight * (mean - expected);
  return draws.map((value) => answer + stretch * (value - centre));
}

export {
  inUnits,
  latentNames,
  columnVariables,
  checkUnits,
  measuredColumns,
  measuredTable,
  savedGaussian,
  gaussianParameters,
  gaussianAnswers,
  joinedDraws
};
