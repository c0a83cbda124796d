import {
  ModelParts,
  centred,
  dot as dot2,
  groupUnits,
  knownScores,
  scaledGroupMeans,
  traverse
} from "./chunk-B42SLYE6.js";
import {
  inUnits
} from "./chunk-NIVKGFF2.js";
import {
  MAX_EXPONENT,
  conclusionsOf,
  correlationText,
  count,
  counted,
  countsText,
  decimals,
  directionCell,
  duration,
  headline,
  latentText,
  listed,
  notConfirmedText,
  number,
  oneOfTexts,
  pText,
  pairText,
  percent,
  percentWithin,
  reasonText,
  reversedOrder,
  signed,
  subjectCounts,
  summarySentences,
  withDirections
} from "./chunk-FG3AXMFF.js";
import {
  rescale
} from "./chunk-4KA5CTVY.js";
import {
  posteriors,
  transpose
} from "./chunk-WM45JIKL.js";
import {
  channelMeans,
  heldOutSplit,
  holm,
  measuredRows,
  observedMeans,
  percentText,
  sampledText,
  spreadOver,
  subspacesText,
  tableOf
} from "./chunk-SWQNJAYC.js";
import {
  chiSquareTail,
  discoveryFromJson,
  dot,
  edgeSymbol,
  escapeXml,
  knownRanks,
  normalTwoSided,
  rankCorrelation,
  signOf,
  signedSize,
  signedText,
  standardRanks,
  strongest
} from "./chunk-X424OCCA.js";
import {
  checkLatentGraph,
  hasEffects,
  modalityLatents
} from "./chunk-64LFUNOM.js";
import {
  packageRoot,
  version
} from "./chunk-AMU4RVW4.js";
import {
  ARROW,
  CIRCLE,
  TAIL,
  asWritten,
  graphEdges,
  graphFromEdges
} from "./chunk-4FPRHE4L.js";
import {
  splitByModality,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  ADJUSTMENT_RISKS,
  covariateText
} from "./chunk-IUJG3VP5.js";
import {
  sha256
} from "./chunk-JTGBNCRO.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  columnAt,
  consecutive,
  isSize,
  positionsOf,
  selectSubjects,
  subjectsOf,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  quantileOf
} from "./chunk-WOWGDU2F.js";
import {
  averageRanks,
  block,
  column,
  meanCorrelation,
  pooledR2,
  selectRows
} from "./chunk-KVCOM63A.js";
import {
  checkArgument,
  checkOneOf,
  checkOptions
} from "./chunk-MX4VZIVR.js";
import {
  crc32
} from "./chunk-ICW2EB24.js";
import {
  DeviceError,
  InputError,
  InternalError
} from "./chunk-5XKOZ6VI.js";

// src/inference/latents-alone.ts
async function rebuildFromLatents(parts, { v, having }, rows) {
  const { layout: layout2, width, batch } = parts;
  const noises = noiseMeans({ v, having }, layout2.modalities, width);
  const reconstruction2 = new Float32Array(rows.length * layout2.values);
  for (let start = 0; start < rows.length; start += batch) {
    const some = rows.subarray(start, start + batch);
    const inputs = new Float32Array(batch * width);
    some.forEach((row2, i) => {
      inputs.set(v.subarray(row2 * width, (row2 + 1) * width), i * width);
      for (const [entry, mean2] of noises) inputs[i * width + entry] = mean2;
    });
    const { x } = await parts.decode(splitByModality(layout2, inputs, batch));
    transpose(x, batch, some.length, reconstruction2, start, layout2.values);
  }
  return { rows, reconstruction: reconstruction2 };
}
function noiseMeans({ v, having }, modalities, width) {
  let next = 0;
  return modalities.flatMap(({ latents, exogenous }, m) => {
    const first = next + latents;
    next = first + exogenous;
    return Array.from({ length: exogenous }, (_, k) => {
      const sum = having[m].reduce((total, row2) => total + v[row2 * width + first + k], 0);
      return [first + k, sum / Math.max(1, having[m].length)];
    });
  });
}

// src/inference/examination.ts
var BATCH = 256;
async function examine(config, parameters, values, rows, { latentsAlone, ...options } = {}) {
  const parts = ModelParts.load(config, parameters, Math.min(BATCH, rows), options);
  try {
    const posterior = await posteriors(parts, values, consecutive(0, rows));
    const { steps: steps2, traversals } = await traverse(parts, parameters, posterior);
    const { mean: mean2, variance, epsilon, reconstruction: reconstruction2 } = posterior;
    const alone = latentsAlone && await rebuildFromLatents(parts, posterior, latentsAlone);
    return {
      ...{ rows, width: parts.width, mean: mean2, variance, epsilon, reconstruction: reconstruction2, steps: steps2, traversals },
      ...alone && { latentsAlone: alone }
    };
  } finally {
    await parts.dispose();
  }
}

// src/report/examined-subjects.ts
var MAX_REBUILT = 512;
async function examineSubjects(study, { summary, parameters, latents, options }) {
  const { model, columns } = summary;
  const source = "dataset" in study ? study.dataset : study;
  const { ids } = source;
  const values = rescale(source, columns);
  const modalities = columns.map((scales, m) => ({ ...model.modalities[m], ...scales, ...values[m] }));
  const known = await latents.known(columns, values, ids.length);
  const hasArray = columns.some(({ regularArray }) => regularArray);
  const latentsAlone = hasArray ? spreadOver(measuredRows(source).heldOut, MAX_REBUILT) : void 0;
  const examination = await examine(model, parameters, known, ids.length, { ...options, latentsAlone });
  const posterior = await latents.posterior(columns, values, ids.length);
  const examined = { dataset: { ...source, modalities }, examination, posterior };
  if (!("dataset" in study)) return examined;
  const { inspection, config } = study;
  const labels = Object.fromEntries(Object.entries(config.modalities).map(([name, { labels: own }]) => [name, own]));
  return { ...examined, inspection, labels };
}

// src/images/intensities.ts
function drawnChannels(channels) {
  return channels === 3 ? 3 : 1;
}
function toIntensities(values, channels, [low, high]) {
  const drawn2 = drawnChannels(channels);
  const pixels = values.length / channels;
  return Uint8Array.from({ length: pixels * drawn2 }, (_, i) => {
    const value2 = values[i % drawn2 * pixels + Math.floor(i / drawn2)];
    const share = (value2 - low) / (high - low || 1);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  });
}

// src/report/facts/entries.ts
function entriesOf({ model }) {
  return model.modalities.flatMap(({ name, latents, exogenous }, m) => {
    const named = (letter3, length, latent) => Array.from({ length }, (_, k) => ({ name: `${name}.${letter3}${k + 1}`, modality: name, m, latent }));
    return [...named("z", latents, true), ...named("\u03B7", exogenous, false)];
  });
}
function latentPositions(entries) {
  return entries.flatMap(({ latent }, i) => latent ? [i] : []);
}
function labelOf({ labels }, modality, column2) {
  const own = labels !== void 0 && Object.hasOwn(labels, modality) ? labels[modality] : void 0;
  return own !== void 0 && Object.hasOwn(own, column2) ? own[column2] : column2;
}

// src/data/channel-units.ts
function inChannelUnits(channels, values) {
  const positions = values.length / channels.length;
  return Float64Array.from(values, (value2, at) => {
    const { mean: mean2, sd } = channels[Math.floor(at / positions)];
    return value2 * sd + mean2;
  });
}
function observedInChannelUnits(modality, row2) {
  const { values, observed } = selectSubjects(modality, valuesPerSubject(modality), Int32Array.of(row2));
  return inChannelUnits(modality.columns, values).map((value2, at) => observed?.[at] === 0 ? NaN : value2);
}

// src/report/facts/shown-subjects.ts
var MAX = { image: 12, series: 6 };
function shownSubjects({ dataset, examination, showSubjects }, m) {
  if (!showSubjects) return [];
  const { modalities, ids } = dataset;
  const modality = modalities[m];
  const { latentsAlone, reconstruction: reconstruction2 } = examination;
  const size3 = valuesPerSubject(modality);
  const first = modalities.slice(0, m).reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const width = modalities.reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const present = presenceOf(modality);
  const { rows, reconstruction: alone } = latentsAlone;
  const having = [...rows.keys()].filter((i) => present[rows[i]] === 1);
  const count2 = Math.min(MAX[modality.regularArray.kind], having.length);
  return Array.from({ length: count2 }, (_, k) => {
    const i = having[Math.floor(k * having.length / count2)];
    const row2 = rows[i];
    const own = (table2, at) => inChannelUnits(modality.columns, table2.subarray(at * width + first, at * width + first + size3));
    return {
      id: ids[row2],
      observed: observedInChannelUnits(modality, row2),
      rebuilt: own(reconstruction2, row2),
      byLatentsAlone: own(alone, i)
    };
  });
}

// src/report/facts/regular-arrays.ts
function arrayFacts({ summary, subjects }) {
  if (subjects === void 0) return [];
  const { dataset, examination } = subjects;
  const entries = entriesOf(summary);
  return dataset.modalities.flatMap((modality, m) => {
    const { name, regularArray, columns } = modality;
    if (!regularArray) return [];
    const { latents, observation } = summary.model.modalities[m];
    const invariantFrom = latents - (observation.shiftInvariant ?? 0);
    const own = entries.flatMap((entry, i) => entry.latent && entry.m === m ? [{ entry, i }] : []);
    return [
      {
        modality: name,
        ...{ m, regularArray, augment: observation.augment },
        channels: columns.map(({ name: channel, mean: mean2, sd }) => ({ label: labelOf(subjects, name, channel), mean: mean2, sd })),
        range: rangeOf(modality),
        rebuilt: rebuilt(subjects, m),
        groups: groupsHaving(dataset, modality),
        latents: own.map(({ entry, i }, k) => ({
          name: entry.name,
          shiftInvariant: k >= invariantFrom,
          ...actionOf(examination.traversals[i])
        })),
        shown: shownSubjects(subjects, m)
      }
    ];
  });
}
function groupsHaving({ ids, groups = ids }, modality) {
  const present = presenceOf(modality);
  return new Set(groups.filter((_, row2) => present[row2] === 1)).size;
}
function rangeOf(modality) {
  const { columns } = modality;
  const positions = positionsOf(modality.regularArray);
  const size3 = columns.length * positions;
  const drawn2 = drawnChannels(columns.length) * positions;
  let [low, high] = [Infinity, -Infinity];
  for (let row2 = 0; row2 < subjectsOf(modality, size3); row2++) {
    const { values, observed } = selectSubjects(modality, size3, Int32Array.of(row2));
    for (let at = 0; at < drawn2; at++) {
      if (observed?.[at] === 0) continue;
      const { mean: mean2, sd } = columns[Math.floor(at / positions)];
      const value2 = values[at] * sd + mean2;
      if (value2 < low) low = value2;
      if (value2 > high) high = value2;
    }
  }
  return low > high ? [0, 1] : [low, high];
}
function actionOf({ response, slope, steps: steps2 }) {
  const size3 = response.length / steps2.length;
  const at = steps2.map((_, step) => response.subarray(step * size3, (step + 1) * size3));
  const [first, last] = [at[0], at[at.length - 1]];
  return { response: at, difference: last.map((value2, i) => value2 - first[i]), attribution: slope };
}
function rebuilt({ dataset, examination }, m) {
  const { rows, reconstruction: reconstruction2 } = examination.latentsAlone;
  const { modalities, split, ids } = dataset;
  const modality = modalities[m];
  const size3 = valuesPerSubject(modality);
  const first = modalities.slice(0, m).reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const columns = modalities.reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const own = (table2) => block(table2, first, first + size3);
  const xHat = own(selectRows({ values: examination.reconstruction, rows: ids.length, columns }, rows));
  const alone = own({ values: reconstruction2, rows: rows.length, columns });
  const { samples, observed } = tableOf([modality], rows);
  const centre = observedMeans(tableOf([modality], measuredRows(dataset).train));
  return {
    split: heldOutSplit(split),
    subjects: rows.length,
    byAll: pooledR2(samples, xHat, centre, observed),
    byLatentsAlone: pooledR2(samples, alone, centre, observed)
  };
}
function largestPlace({ regularArray, channels }, values) {
  const positions = positionsOf(regularArray);
  const at = values.reduce((best2, value2, i) => Math.abs(value2) > Math.abs(values[best2]) ? i : best2, 0);
  const position = at % positions;
  const place = regularArray.kind === "image" ? { row: Math.floor(position / regularArray.width), column: position % regularArray.width } : { seconds: position * regularArray.seconds };
  return { channel: channels[Math.floor(at / positions)].label, ...place, value: values[at] };
}
function meanOverChannels({ regularArray, channels }, values) {
  const positions = positionsOf(regularArray);
  return Float64Array.from({ length: positions }, (_, position) => {
    const own = channels.map((__, c) => values[c * positions + position]);
    return own.reduce((sum, value2) => sum + value2, 0) / channels.length;
  });
}

// src/report/facts/array-figures.ts
function arrayFigures(facts) {
  return facts.map((one) => ({
    modality: one.modality,
    regularArray: one.regularArray,
    ...one.augment && { augment: one.augment },
    channels: one.channels.map(({ label: label2 }) => label2),
    rebuilt: one.rebuilt,
    latents: one.latents.map(({ name, shiftInvariant, difference, attribution }) => ({
      name,
      shiftInvariant,
      change: { ...largestPlace(one, difference), rms: Math.sqrt(mean(difference.map((value2) => value2 ** 2))) },
      attribution: { ...largestPlace(one, attribution), mean: mean(attribution) }
    })),
    shown: one.shown.map(({ id }) => id)
  }));
}
function mean(values) {
  return values.reduce((sum, value2) => sum + value2, 0) / values.length;
}
function sharedInformation({ subspaces, stages, subjects }) {
  const stage = stages.find(({ name }) => name === "subspaces");
  const objective2 = stage?.objectives[stage.chosenRestart] ?? void 0;
  if (subspaces?.chosen !== "correlation" || objective2 === void 0) return void 0;
  return { nats: -objective2, subjects: subjects.validation };
}

// src/report/facts/associations.ts
import { Matrix, solve } from "ml-matrix";

// src/report/facts/correlations.ts
var MAX_SUBJECTS = 1e4;
function correlations({ ids, modalities }, latents) {
  const subjects = evenly(ids.length, MAX_SUBJECTS);
  const present = modalities.flatMap((modality) => new Array(modality.latents).fill(presenceOf(modality)));
  const modalityOf = modalities.flatMap(({ name, latents: width }) => new Array(width).fill(name));
  const ofLatents = selectRows(latents, subjects);
  const latentRanks = present.map(
    (has, i) => knownRanks(column(ofLatents, i).map((z3, row2) => has[subjects[row2]] === 1 ? z3 : NaN))
  );
  return {
    subjects: subjects.length,
    // Of images and series the means of their channels.
    columns: modalities.map((modality) => channelMeans(modality)).flatMap(
      ({ name, columns, values, observed }) => columns.flatMap((scale, c) => {
        if (isSize(scale.kind)) return [];
        const at = (row2) => row2 * columns.length + c;
        const ranks = knownRanks(
          Float64Array.from(subjects, (row2) => observed?.[at(row2)] === 0 ? NaN : values[at(row2)])
        );
        return [
          {
            modality: name,
            column: scale.name,
            rho: latentRanks.map((other, i) => modalityOf[i] === name ? rankCorrelation(ranks, other) : NaN)
          }
        ];
      })
    )
  };
}
function evenly(rows, max) {
  const count2 = Math.min(rows, max);
  return Int32Array.from({ length: count2 }, (_, i) => Math.floor(i * rows / count2));
}

// src/report/facts/associations.ts
var ASSOCIATION_ALPHA = 0.05;
var MIN_UNITS = 20;
var NORMAL_95 = 1.959964;
var RANK_VARIANCE = 1.06;
var FOLD_VARIANCE = { narrow: 2, wide: 1 };
var RIDGE = 1e-9;
var MAX_SHARE = 1 - 1e-9;
var WIDE = 4;
function associations(dataset, nodes, outOfFold) {
  const { tests, joint, units } = associationTests(dataset, nodes, outOfFold);
  const corrected = holm([...tests, ...joint].map(({ p }) => p));
  const found = tests.map(({ latent, modality, column: column2, rho }, k) => ({ latent, modality, column: column2, rho, corrected: corrected[k] })).filter((one) => one.corrected <= ASSOCIATION_ALPHA).sort((a, b) => Math.abs(b.rho.estimate) - Math.abs(a.rho.estimate));
  const modalityOf = new Map(nodes.map(({ name, modality }) => [name, modality]));
  const isNew = ({ latents, modality, column: column2 }) => !found.some((one) => modalityOf.get(one.latent) === latents && one.modality === modality && one.column === column2);
  return {
    found,
    joint: joint.map(({ latents, modality, column: column2, multiple }, k) => {
      return { latents, modality, column: column2, multiple, corrected: corrected[tests.length + k] };
    }).filter((one) => one.corrected <= ASSOCIATION_ALPHA && isNew(one)).sort((a, b) => b.multiple - a.multiple),
    tested: corrected.length,
    units
  };
}
function associationTests({ ids, modalities, groups }, nodes, outOfFold) {
  const known = [...ids.keys()].filter((row2) => outOfFold.some((latent) => !Number.isNaN(latent[row2])));
  const rows = groups ? Int32Array.from(known) : evenly(known.length, MAX_SUBJECTS).map((i) => known[i]);
  const units = groups && groupUnits(rows, groups);
  const unitsOf = (valueAt) => {
    const own = Float64Array.from(rows, valueAt);
    return units ? scaledGroupMeans(own, units.members) : own;
  };
  const latents = outOfFold.map((values) => unitsOf((row2) => values[row2]));
  const scores = latents.map(knownScores);
  const several = modalities.map(({ name }) => [name, scores.filter((_, i) => nodes[i].modality === name)]).filter(([, own]) => own.length > 1);
  const joint = [];
  const tests = modalities.map((one) => channelMeans(one)).flatMap(
    ({ name, columns, values, observed }) => columns.flatMap((scale, c) => {
      if (isSize(scale.kind)) return [];
      const at = (row2) => row2 * columns.length + c;
      const column2 = unitsOf((row2) => observed?.[at(row2)] === 0 ? NaN : values[at(row2)]);
      const columnScores = knownScores(column2);
      for (const [other, own] of several) {
        const result = other === name ? void 0 : jointTest(own, columnScores, columns.length);
        if (result) joint.push({ latents: other, modality: name, column: scale.name, ...result });
      }
      return nodes.flatMap((node, i) => {
        const result = node.modality === name ? void 0 : rankTest(latents[i], column2, columns.length);
        return result ? [{ latent: node.name, modality: name, column: scale.name, ...result }] : [];
      });
    })
  );
  return { tests, joint, units: units ? units.names.length : rows.length };
}
function rankTest(a, b, columns) {
  const both = [...a.keys()].filter((i) => !Number.isNaN(a[i]) && !Number.isNaN(b[i]));
  if (both.length < MIN_UNITS) return void 0;
  const [x, y] = [a, b].map((values) => averageRanks(Float64Array.from(both, (i) => values[i])));
  const estimate = correlationOfRanks(x, y);
  if (estimate === void 0) return void 0;
  const z3 = Math.atanh(Math.max(-0.999999, Math.min(0.999999, estimate)));
  const free = Math.max(1, both.length / FOLD_VARIANCE[columns < WIDE ? "narrow" : "wide"] - 3);
  const half = NORMAL_95 * Math.sqrt((1 + estimate ** 2 / 2) / free);
  return {
    rho: { estimate, lower: Math.tanh(z3 - half), upper: Math.tanh(z3 + half) },
    p: normalTwoSided(z3 * Math.sqrt(free / RANK_VARIANCE))
  };
}
function jointTest(latents, column2, columns) {
  const all = [...latents, column2];
  const known = Int32Array.from(column2.keys()).filter((i) => all.every((values) => !Number.isNaN(values[i])));
  if (known.length < MIN_UNITS + latents.length) return void 0;
  const [y, ...x] = [column2, ...latents].map((values) => centred(Float64Array.from(known, (i) => values[i])));
  const variation = dot2(y, y);
  if (variation === 0) return void 0;
  const gram = new Matrix(x.map((u, i) => x.map((v, j) => dot2(u, v) * (i === j ? 1 + RIDGE : 1))));
  const cross = Matrix.columnVector(x.map((u) => dot2(u, y)));
  const share = Math.min(MAX_SHARE, cross.dot(solve(gram, cross, true)) / variation);
  const free = known.length / FOLD_VARIANCE[columns < WIDE ? "narrow" : "wide"] - 1 - (latents.length + 2) / 2;
  return { multiple: Math.sqrt(share), p: chiSquareTail(-free * Math.log1p(-share), latents.length) };
}
function correlationOfRanks(x, y) {
  const mean2 = (x.length + 1) / 2;
  let [xx, yy, xy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [x[i] - mean2, y[i] - mean2];
    xx += u * u;
    yy += v * v;
    xy += u * v;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : void 0;
}

// src/report/facts/effects.ts
var MAX_COLUMNS = 60;
function effects(entries, subjects) {
  const { dataset, examination } = subjects;
  const { steps: steps2 } = examination;
  const middle = steps2.indexOf(0);
  return entries.map(({ name, modality, m }, i) => {
    const { columns, regularArray, transform } = dataset.modalities[m];
    const positions = positionsOf(regularArray);
    const { response } = examination.traversals[i];
    const all = columns.flatMap((scale, c) => {
      if (isSize(scale.kind)) return [];
      const at = steps2.map((_, step) => {
        const first = (step * columns.length + c) * positions;
        return response.subarray(first, first + positions).reduce((sum, value2) => sum + value2, 0) / positions;
      });
      return [
        {
          column: scale.name,
          label: labelOf(subjects, modality, scale.name),
          shift: at.map((value2) => Number((value2 - at[middle]).toFixed(4))),
          value: at.map((value2) => Number(inUnits(scale, value2, transform).toPrecision(5)))
        }
      ];
    });
    all.sort((a, b) => range(b) - range(a));
    return { name, modality, columns: all.slice(0, MAX_COLUMNS), leftOut: Math.max(0, all.length - MAX_COLUMNS) };
  });
}
function range({ shift }) {
  return Math.abs(shift[shift.length - 1] - shift[0]);
}
function worthShowing({ columns }, max) {
  return Math.min(max, Math.max(3, columns.filter((column2) => range(column2) > 0.1).length));
}
function effectRows({ columns }, m, count2) {
  return columns.slice(0, count2).map(({ label: label2, shift, value: value2 }) => {
    return { label: label2, m, shift, value: value2, rest: value2[(value2.length - 1) / 2] };
  });
}

// src/report/facts/independence.ts
var MAX_SUBJECTS2 = 1e4;
var NOTABLE_DEPENDENCE = 0.2;
function isNotable(dependence, { chance }) {
  return dependence > Math.max(NOTABLE_DEPENDENCE, chance);
}
var MIN_SUBJECTS = 20;
function unseenRows({ ids, split, fingerprint }, summary) {
  if (fingerprint !== summary.fingerprint) return Int32Array.from(ids.keys());
  const parts = [split.test, Int32Array.from([...split.validation, ...split.test]).sort()];
  return parts.find((rows) => rows.length >= MIN_SUBJECTS);
}
function independence(entries, examination, { present, rows: among }) {
  const { mean: mean2, epsilon, width, rows } = examination;
  const latents = entries.filter(({ latent }) => latent).length;
  const complete = among.filter((row2) => present.every((own) => own[row2] === 1));
  const subjects = evenly(complete.length, MAX_SUBJECTS2).map((i) => complete[i]);
  const residuals = selectRows({ values: epsilon, rows, columns: latents }, subjects);
  const means = selectRows({ values: mean2, rows, columns: width }, subjects);
  let z3 = 0;
  const noises = entries.map((entry, i) => entry.latent ? column(residuals, z3++) : column(means, i));
  const values = noises.map(standardRanks);
  const sizes = noises.map((noise) => {
    const centre = noise.slice().sort()[Math.floor(noise.length / 2)];
    return standardRanks(noise.map((value2) => Math.abs(value2 - centre)));
  });
  const n = entries.length;
  const dependence = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      dependence[i * n + j] = i === j ? 1 : Math.max(Math.abs(dot(values[i], values[j])), Math.abs(dot(sizes[i], sizes[j])));
    }
  }
  const names2 = entries.map(({ name }) => name.replace(".z", ".\u03B5"));
  return { names: names2, dependence, subjects: subjects.length, chance: 3 / Math.sqrt(subjects.length) };
}
function dependentPairs({ names: names2, dependence }) {
  const pairs = names2.flatMap(
    (a, i) => names2.slice(0, i).map((b, j) => ({ a: b, b: a, value: dependence[i * names2.length + j] }))
  );
  return pairs.sort((x, y) => y.value - x.value);
}

// src/report/facts/histogram.ts
var BINS = 36;
function histogram(values) {
  const sorted = values.slice().sort();
  const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))];
  let [low, high] = [quantile(1e-3), quantile(0.999)];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const counts = new Array(BINS).fill(0);
  for (const value2 of values) {
    counts[Math.max(0, Math.min(BINS - 1, Math.floor((value2 - low) / (high - low) * BINS)))]++;
  }
  return { low, high, counts, ...shape(values) };
}
function shape(values) {
  const n = values.length;
  let mean2 = 0;
  for (const value2 of values) mean2 += value2 / n;
  let [second, third, fourth] = [0, 0, 0];
  for (const value2 of values) {
    const d = value2 - mean2;
    second += d * d / n;
    third += d ** 3 / n;
    fourth += d ** 4 / n;
  }
  const sd = Math.sqrt(second);
  return {
    mean: mean2,
    sd,
    skewness: sd > 0 ? third / sd ** 3 : 0,
    excessKurtosis: sd > 0 ? fourth / second ** 2 - 3 : 0
  };
}

// src/report/facts/mechanisms.ts
var BINS2 = 20;
var NOTABLE = { curvature: 0.02, spread: 0.02, nonNormal: 0.5 };
function mechanisms(graph, latents) {
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  return crossEdges(graph).map(({ from, to }) => {
    const [a, b] = [from, to].map((name) => latents[position.get(name)]);
    const both = (_, row2) => !Number.isNaN(a[row2]) && !Number.isNaN(b[row2]);
    const [cause, effect] = [a.filter(both), b.filter(both)];
    return { from, to, ...mechanism(cause, effect) };
  });
}
function crossEdges({ nodes, edges }) {
  const modality = new Map(nodes.map((node) => [node.name, node.modality]));
  return edges.filter(({ from, to }) => modality.get(from) !== modality.get(to));
}
function mechanism(cause, effect) {
  const bins = equalBins(cause);
  const [fit, residual] = removeLine(cause, effect);
  const byBin = correlationRatio(bins, effect);
  const curved = removeMeans(bins, residual);
  const { skewness, excessKurtosis } = histogram(curved);
  return {
    linear: fit,
    curvature: Math.max(0, byBin - fit),
    spread: correlationRatio(
      bins,
      curved.map((value2) => Math.abs(value2))
    ),
    nonNormal: Math.max(Math.abs(skewness), Math.abs(excessKurtosis))
  };
}
function equalBins(values) {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const bins = new Uint8Array(values.length);
  order.forEach((row2, rank) => bins[row2] = Math.floor(rank * BINS2 / values.length));
  return bins;
}
function removeLine(x, y) {
  const [mx, my] = [meanOf(x), meanOf(y)];
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xx += (x[i] - mx) ** 2;
    xy += (x[i] - mx) * (y[i] - my);
    yy += (y[i] - my) ** 2;
  }
  const slope = xx > 0 ? xy / xx : 0;
  return [xx > 0 && yy > 0 ? xy ** 2 / (xx * yy) : 0, y.map((value2, i) => value2 - my - slope * (x[i] - mx))];
}
function removeMeans(bins, values) {
  const means = binMeans(bins, values);
  return values.map((value2, i) => value2 - means[bins[i]]);
}
function correlationRatio(bins, values) {
  const within = removeMeans(bins, values);
  const mean2 = meanOf(values);
  let [inside, all] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    inside += within[i] ** 2;
    all += (values[i] - mean2) ** 2;
  }
  const n = values.length;
  return all > 0 && n > BINS2 ? Math.max(0, 1 - inside / (n - BINS2) / (all / (n - 1))) : 0;
}
function binMeans(bins, values) {
  const sums = new Float64Array(BINS2);
  const counts = new Float64Array(BINS2);
  for (let i = 0; i < values.length; i++) {
    sums[bins[i]] += values[i];
    counts[bins[i]]++;
  }
  return sums.map((sum, b) => counts[b] > 0 ? sum / counts[b] : 0);
}
function meanOf(values) {
  let sum = 0;
  for (const value2 of values) sum += value2;
  return sum / values.length;
}

// src/report/facts/out-of-fold.ts
function alignedLatents(ids, nodes, { ids: known, latents }) {
  const rowOf2 = new Map(known.map((id, row2) => [id, row2]));
  const rows = ids.map((id) => rowOf2.get(id));
  if (rows.every((row2) => row2 === void 0)) return void 0;
  return nodes.map(({ modality, index }) => {
    const values = latents[modality];
    const width = values.length / known.length;
    return Float64Array.from(rows, (row2) => row2 === void 0 ? NaN : values[row2 * width + index]);
  });
}

// src/report/facts/reconstruction.ts
function reconstruction({ ids, modalities, split }, reconstruction2) {
  const measured2 = heldOutSplit(split);
  const width = modalities.reduce((sum, modality) => sum + valuesPerSubject(modality), 0);
  let first = 0;
  const byModality = modalities.map((modality) => {
    const { name, columns, regularArray } = modality;
    const [from, positions] = [first, positionsOf(regularArray)];
    first += valuesPerSubject(modality);
    const tables = (rows) => {
      const xHat = selectRows({ values: reconstruction2, rows: ids.length, columns: width }, rows);
      return { ...tableOf([modality], rows), xHat: block(xHat, from, first) };
    };
    const [train, heldOut] = [tables(split.train), tables(split[measured2])];
    const means = regularArray ? observedMeans(train) : new Float64Array(first - from);
    return {
      name,
      train: pooledR2(train.samples, train.xHat, means, train.observed),
      heldOut: pooledR2(heldOut.samples, heldOut.xHat, means, heldOut.observed),
      columns: columns.flatMap((scale, c) => {
        if (isSize(scale.kind)) return [];
        const { samples, xHat, observed } = heldOut;
        const mask = observed?.filter((_, at) => columnAt(modality, at) === c);
        const centre = means.slice(c * positions, (c + 1) * positions);
        const own = (table2) => block(table2, c * positions, (c + 1) * positions);
        return [{ name: scale.name, r2: pooledR2(own(samples), own(xHat), centre, mask) }];
      })
    };
  });
  return { split: measured2, subjects: split[measured2].length, modalities: byModality };
}

// src/report/facts/usage.ts
var MIN_KNOWN = 0.1;
var MIN_EFFECT = 0.1;
function usage(entries, examination, present) {
  const { mean: mean2, variance, width, rows, traversals } = examination;
  return entries.map((entry, i) => {
    const means = column({ values: mean2, rows, columns: width }, i);
    const distribution = histogram(means.filter((_, row2) => present[entry.m][row2] === 1));
    const known = distribution.sd ** 2 / (distribution.sd ** 2 + variance[i] || 1);
    const effect = responseRange(traversals[i].response, traversals[i].steps.length);
    const verdict = known < MIN_KNOWN ? "collapsed" : effect < MIN_EFFECT ? "unused" : "used";
    return { entry, histogram: distribution, known, effect, verdict };
  });
}
function responseRange(response, steps2) {
  const columns = response.length / steps2;
  const last = response.length - columns;
  let largest = 0;
  for (let c = 0; c < columns; c++) largest = Math.max(largest, Math.abs(response[last + c] - response[c]));
  return largest;
}

// src/report/facts/index.ts
function subjectFacts({ summary, graph, subjects }) {
  if (subjects === void 0) return void 0;
  const { dataset, examination } = subjects;
  const entries = entriesOf(summary);
  const latents = latentsOf(examination, latentPositions(entries));
  const present = dataset.modalities.map(presenceOf);
  const outOfFold = subjects.outOfFold && alignedLatents(dataset.ids, graph.nodes, subjects.outOfFold);
  const unseen = unseenRows(dataset, summary);
  return {
    subjects,
    usage: usage(entries, examination, present),
    correlations: correlations(dataset, latents),
    effects: effects(entries, subjects).filter((_, i) => entries[i].latent),
    associations: outOfFold && associations(dataset, graph.nodes, outOfFold),
    independence: unseen && independence(entries, examination, { present, rows: unseen }),
    mechanisms: outOfFold ? mechanisms(graph, outOfFold) : [],
    reconstruction: reconstruction(dataset, examination.reconstruction),
    regularArrays: arrayFacts({ summary, subjects })
  };
}
function latentsOf({ mean: mean2, width, rows }, positions) {
  const columns = positions.length;
  const values = new Float32Array(rows * columns);
  for (let row2 = 0; row2 < rows; row2++) {
    positions.forEach((entry, i) => values[row2 * columns + i] = mean2[row2 * width + entry]);
  }
  return { values, rows, columns };
}
function companions({ subjects, correlations: { columns } }, i, count2) {
  return columns.filter(({ rho }) => !Number.isNaN(rho[i])).sort((a, b) => Math.abs(b.rho[i]) - Math.abs(a.rho[i])).slice(0, count2).map(({ modality, column: column2, rho }) => ({ modality, label: labelOf(subjects, modality, column2), rho: rho[i] }));
}
function inWords(facts, i) {
  const strongest2 = companions(facts, i, 3);
  const notable = strongest2.filter(({ rho }, k) => k === 0 || Math.abs(rho) > 0.3);
  return notable.map(({ label: label2, rho }) => `${label2.replace(/ \([^()]*\)$/, "")}\xA0${rho > 0 ? "\u2191" : "\u2193"}`).join(" \xB7 ");
}

// src/report/svg.ts
function element(name, attributes, ...children) {
  const pairs = Object.entries(attributes).flatMap(
    ([key, value2]) => value2 === void 0 ? [] : [` ${key}="${typeof value2 === "number" ? short(value2) : escapeXml(value2)}"`]
  );
  const open = `<${name}${pairs.join("")}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join("")}</${name}>`;
}
function label(content, attributes) {
  return element("text", attributes, escapeXml(content));
}
function hover(content) {
  return element("title", {}, escapeXml(content));
}
function short(value2) {
  return String(Math.round(value2 * 100) / 100 + 0);
}
function polyline(points) {
  return points.map(([x, y], k) => `${k === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join("");
}
function textWidth(text, size3) {
  let width = 0;
  for (const character of text) width += character.codePointAt(0) >= 4352 ? 1 : 0.6;
  return width * size3;
}
function shorten(text, length) {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}\u2026`;
}

// src/report/theme.ts
var light = {
  card: "#ffffff",
  border: "#d8dde4",
  ink: "#1a2330",
  muted: "#5a6573",
  grid: "#e6eaef",
  modalities: ["#1934a2", "#a14101", "#31a59a", "#5b1f3c", "#845fd4", "#b78505", "#1e8094", "#cd4359"]
};
var dark = {
  card: "#12181f",
  border: "#2d3742",
  ink: "#e8edf3",
  muted: "#9ca8b5",
  grid: "#242d37",
  modalities: ["#4b6cd1", "#bc4d0f", "#9de8db", "#d57e9c", "#b092fe", "#ecd759", "#6ec8de", "#efa697"]
};
var THEMES = ["auto", "light", "dark", "page"];
var SVG_OPTIONS = { title: "text", theme: "text" };
var margin = 20;
var headingHeight = 28;
var inset = { left: margin, right: margin, top: margin + headingHeight, bottom: margin };
function drawing({ width, height: height2, title, description, theme, body }) {
  const [w, h] = [Math.round(width), Math.round(height2)];
  if (theme === "page") return pageDrawing({ width: w, height: h, title, description, body });
  const root = {
    xmlns: "http://www.w3.org/2000/svg",
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    role: "img",
    class: `il-${theme}`
  };
  return element(
    "svg",
    root,
    hover(title),
    element("desc", {}, escapeXml(description)),
    element("style", {}, styleSheet(theme)),
    element("rect", {
      class: "il-card",
      x: 0.5,
      y: 0.5,
      width: w - 1,
      height: h - 1,
      rx: 10
    }),
    label(title, { class: "il-heading", x: margin, y: margin + 12 }),
    ...body
  );
}
function pageDrawing({ width, height: height2, title, description, body }) {
  const [w, h] = [
    width - inset.left - inset.right + 2 * pageMargin,
    height2 - inset.top - inset.bottom + 2 * pageMargin
  ];
  const viewBox = `${inset.left - pageMargin} ${inset.top - pageMargin} ${w} ${h}`;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      width: w,
      height: h,
      viewBox,
      role: "group",
      "aria-label": title,
      class: pageClass
    },
    element("desc", {}, escapeXml(description)),
    ...body
  );
}
var pageClass = "il-page";
var pageMargin = 8;
function pageStyle() {
  const names2 = {
    card: "var(--card)",
    border: "var(--border)",
    ink: "var(--ink)",
    muted: "var(--muted)",
    grid: "var(--grid)",
    modalities: light.modalities.map((_, k) => `var(--m${k})`)
  };
  const readable = (k) => `var(--m${k}-text)`;
  return {
    rules: fixedRules(`.${pageClass}`) + rules(`.${pageClass}`, names2, readable),
    light: properties(light),
    dark: properties(dark)
  };
}
var scalars = ["card", "border", "ink", "muted", "grid"];
function properties(theme) {
  const values = scalars.map((name) => `--${name}:${theme[name]};`);
  const colours = theme.modalities.map((colour, k) => `--m${k}:${colour};--m${k}-text:${readableOn(colour)};`);
  return [...values, ...colours].join("");
}
function modalityClass(index) {
  const k = index % light.modalities.length;
  return { fill: `il-f${k}`, stroke: `il-s${k}`, text: `il-t${k}` };
}
function styleSheet(theme) {
  const scope = `.il-${theme}`;
  const fixed = fixedRules(scope);
  if (theme !== "auto") return fixed + rules(scope, theme === "dark" ? dark : light);
  return `${fixed}${rules(scope, light)}@media (prefers-color-scheme:dark){${rules(scope, dark)}}`;
}
function fixedRules(scope) {
  return `${scope} text{font-family:Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}${scope} .il-heading{font-size:15px;font-weight:600}${scope} .il-line{fill:none;stroke-linejoin:round;stroke-linecap:round}${scope} .il-reach{fill:none;stroke:transparent;stroke-width:16}`;
}
function rules(scope, { card: card2, border, ink, muted, grid, modalities }, readable = (k) => readableOn(modalities[k])) {
  const all = [
    `.il-card{fill:${card2};stroke:${border}}`,
    `.il-heading,.il-ink{fill:${ink}}`,
    `.il-muted{fill:${muted}}`,
    `.il-grid{stroke:${grid};fill:none}`,
    `.il-axis{stroke:${muted};fill:none}`,
    `.il-mark{stroke:${card2};stroke-width:2}`,
    `.il-patch{fill:${card2}}`,
    `.il-track{fill:${grid}}`,
    `.il-outlined{fill:${card2};stroke:${muted};stroke-width:1.4}`,
    ...modalities.flatMap((colour, k) => [
      `.il-f${k}{fill:${colour}}`,
      `.il-s${k}{stroke:${colour}}`,
      `.il-t${k}{fill:${readable(k)}}`
    ])
  ];
  return all.map((rule) => rule.replace(/(^|,)\./g, `$1${scope} .`)).join("");
}
function readableOn(colour) {
  return contrast(colour, "#ffffff") >= contrast(colour, "#0b0f14") ? "#ffffff" : "#0b0f14";
}
function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// src/report/charts/page-chart.ts
function pageChart({ width, height: height2, title, description, body }) {
  return drawing({
    width: width + inset.left + inset.right,
    height: height2 + inset.top + inset.bottom,
    title,
    description,
    theme: "page",
    body: [element("g", { transform: `translate(${short(inset.left)} ${short(inset.top)})` }, ...body)]
  });
}

// src/report/charts/matrix-chart.ts
function independenceChart({ names: names2, dependence }) {
  const cell = names2.length > 24 ? 14 : 22;
  const size3 = names2.length;
  const left2 = Math.max(...names2.map((name) => textWidth(name, 11))) + 8;
  const body = names2.flatMap((a, i) => [
    label(a, { class: "il-muted", x: left2 - 8, y: i * cell + cell / 2 + 4, "text-anchor": "end", "font-size": 11 }),
    ...names2.slice(0, i).map((b, j) => {
      const value2 = dependence[i * size3 + j];
      const box = { x: left2 + j * cell, y: i * cell, width: cell - 2, height: cell - 2, rx: 3 };
      return element(
        "rect",
        { class: modalityClass(0).fill, ...box, "fill-opacity": 0.05 + 0.95 * value2 },
        hover(`${a} and ${b}: ${decimals(value2)}`)
      );
    })
  ]);
  const bottom = names2.map((name, j) => {
    const [x, y] = [left2 + j * cell + cell / 2 + 2, size3 * cell + 6];
    return label(name, {
      class: "il-muted",
      x,
      y,
      "font-size": 11,
      "text-anchor": "end",
      transform: `rotate(-60 ${x} ${y})`
    });
  });
  return pageChart({
    width: left2 + size3 * cell,
    height: size3 * cell + 0.9 * left2 + 4,
    title: "Dependence between noises",
    description: "Every pair of noises; the darkest pairs are listed in the table below.",
    body: [...body, ...bottom]
  });
}

// src/report/facts/agreement.ts
var AGREEMENT = "Agreement counts restarts of the fit on the same data that found it too. It is no confidence: what chance put into the data, every restart can find.";
function restartsText(agreement2, restarts) {
  return restarts === 1 ? "one restart" : `${Math.round(agreement2 * restarts)} of ${restarts} restarts`;
}

// src/report/facts/identifiability.ts
function identifiability(graph, { determination, mechanisms: mechanisms2 } = {}) {
  return [
    ...determination === void 0 ? [] : mixtures(graph, determination),
    ...unlinked(graph),
    ...oneToOne(graph),
    ...mechanisms2 === void 0 ? [] : plainLinks(mechanisms2),
    ...fewRestarts(graph)
  ];
}
function mixtures({ nodes }, { restarts, equals, agreement: agreement2, determined }) {
  const mixed = nodes.filter((_, i) => !determined[i]);
  return [...new Set(mixed.map(({ modality }) => modality))].map((modality) => {
    const latents = mixed.filter((node) => node.modality === modality).map(({ name }) => name);
    const least2 = Math.min(...nodes.flatMap((node, i) => node.modality === modality ? [agreement2[i]] : []));
    return {
      title: `${listed(latents)} ${latents.length === 1 ? "is" : "are"} determined only up to mixing within ${modality}`,
      text: `${equals} of ${restarts} restarts explain held-out subjects equally well with as few links, and not all found the same latents here (least rank correlation with a match ${decimals(least2)}). Read the latents of ${modality} together, not one by one. Other data would help, not other settings: more modalities linked to this one, curved links or links that change the spread, noise that is not normal, more subjects.`
    };
  });
}
function unlinked(graph) {
  const linked = new Set(crossEdges(graph).flatMap(({ from, to }) => [from, to]));
  const alone = graph.nodes.filter(({ name }) => !linked.has(name)).map(({ name }) => name);
  if (alone.length === 0) return [];
  return [
    {
      title: alone.length === 1 ? `${alone[0]} has no link to another modality` : `${alone.length} latents have no link to another modality`,
      text: `A latent is told from private noise by what it shares with other modalities. Nothing here does that for ${alone.join(", ")}: read ${alone.length === 1 ? "it" : "them"} as a summary of the columns, not as a cause.`
    }
  ];
}
function oneToOne(graph) {
  const modalities = modalityLatents(graph);
  if (modalities.length !== 2 || modalities.every(({ latents }) => latents === 1)) return [];
  const edges = crossEdges(graph);
  const ends = (side2) => new Set(edges.map((edge) => edge[side2])).size === edges.length;
  if (edges.length === 0 || !ends("from") || !ends("to")) return [];
  return [
    {
      title: "Two modalities, joined one to one",
      text: "With two modalities whose latents are joined one to one, a joint rotation of both keeps the graph as sparse. Only curved links, a spread that changes, or noise that is not normal tell the latents apart; a third modality would help most."
    }
  ];
}
function plainLinks(mechanisms2) {
  const plain = mechanisms2.filter(
    ({ curvature, spread, nonNormal }) => curvature < NOTABLE.curvature && spread < NOTABLE.spread && nonNormal < NOTABLE.nonNormal
  );
  if (plain.length === 0) return [];
  const all = plain.length === mechanisms2.length;
  return [
    {
      title: all ? "Every link looks linear with normal noise" : `${plain.length} of ${mechanisms2.length} links look linear with normal noise`,
      text: "Such links allow latents of one modality to be mixed with one another without a worse fit. " + (all ? "Read a modality\u2019s latents together rather than one by one." : `This concerns ${plain.map(({ from, to }) => `${from} \u2013 ${to}`).join(", ")}.`)
    }
  ];
}
function fewRestarts({ edges, runs: restarts }) {
  if (restarts < 3) {
    return [
      {
        title: `Only ${restarts === 1 ? "one restart" : "two restarts"}`,
        text: "Whether restarts on the same data find the same latents and links is not known. Fit with more restarts to see their agreement, which is no confidence; of a two-stage fit these are the restarts, of which the best quarter is trained to the end."
      }
    ];
  }
  const rare = edges.filter(({ agreement: agreement2 }) => agreement2 <= 0.5);
  if (rare.length === 0) return [];
  return [
    {
      title: `${rare.length} of ${edges.length} links were found by at most half of the restarts`,
      text: `Restarts on the same data split the latents differently there: ${rare.map(({ from, to }) => `${from} \u2013 ${to}`).join(", ")}.`
    }
  ];
}

// src/report/html/markup.ts
var Markup = class {
  text;
  constructor(text) {
    this.text = text;
  }
};
function markup(pieces, ...parts) {
  const [first, ...others] = pieces.map((piece) => piece.replace(/\n */g, " "));
  return new Markup(others.reduce((text, piece, i) => text + written(parts[i]) + piece, first));
}
function trusted(text) {
  return new Markup(text);
}
function written(part) {
  if (part === void 0) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escapeXml(String(part));
  return part.map(written).join("");
}

// src/report/html/section.ts
function figure({ name, svg, caption, drawing: drawing2, below: below2 }) {
  const host = drawing2 === void 0 ? void 0 : markup` data-drawing="${drawing2}"`;
  return markup`<figure class="figure" data-name="${name}">
<div class="drawing"${host} tabindex="0" role="group" aria-label="${`Figure: ${name}`}">${trusted(svg)}</div>${below2}
<figcaption>${caption}
<button type="button" class="quiet needs-script" data-download="svg">Download SVG<span class="unseen">: ${name}</span>
</button></figcaption>
</figure>`;
}
function table({ caption, quiet = true, columns, rows, id }) {
  const place = (c) => columns[c].numeric ? markup` class="number"` : void 0;
  const anchor = id === void 0 ? void 0 : markup` id="${id}"`;
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table${anchor}>
<caption${quiet ? markup` class="unseen"` : void 0}>${caption}</caption>
<thead><tr>${columns.map(({ title }, c) => markup`<th scope="col"${place(c)}>${title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row2) => markup`<tr>${row2.map(
      (cell, c) => c === 0 ? markup`<th scope="row"${place(c)}>${cell}</th>` : markup`<td${place(c)}>${cell}</td>`
    )}</tr>`
  )}</tbody></table></div>`;
}
function details(summary, body, { onPaper = true } = {}) {
  const onScreen = onPaper ? void 0 : markup` class="screen"`;
  return markup`<details${onScreen}><summary>${summary}</summary>${body}</details>`;
}
function notice(body, kind = "note") {
  return markup`<div class="notice ${kind}" role="note">${body}</div>`;
}
function withoutData(what) {
  return notice(markup`<p>${what} needs the study’s data. Run <code>interlatent report RUN --study FILE</code>.</p>`);
}

// src/report/html/diagnostics.ts
var MAX_PAIRS = 8;
var AGREED = 0.7;
function diagnosticsSection(input2, facts) {
  return {
    id: "diagnostics",
    title: "Diagnostics",
    body: [
      caution(input2, facts),
      ...facts === void 0 ? [withoutData("Whether every latent is used and the noises are independent")] : [usageOf(facts.usage), explained(facts), independenceOf(facts.independence)],
      agreement(input2)
    ]
  };
}
function caution({ graph, summary }, facts) {
  const found = identifiability(graph, { ...summary, mechanisms: facts?.mechanisms });
  return markup`<h3 id="identifiability">Are single latents identified?</h3>
${found.length === 0 ? notice(
    markup`<p>Nothing here speaks against it: every latent has links to other modalities, the links are of a kind
        that tells latents apart, and most restarts agree.</p>`
  ) : found.map(({ title, text }) => notice(markup`<p><strong>${title}.</strong> ${text}</p>`, "warning"))}
${facts === void 0 || facts.mechanisms.length === 0 ? void 0 : links(facts)}`;
}
function links({ mechanisms: mechanisms2 }) {
  const mark2 = (value2, minimum) => value2 >= minimum ? markup`<strong>${decimals(value2)}</strong>` : decimals(value2);
  return details("Of what kind each link is", [
    markup`<p>Curvature: what twenty steps explain of the effect beyond a straight line. Changing spread: how much of
    the size of the residual the cause explains. Noise: the larger of |skewness| and |excess kurtosis| of the
    residual. Bold: enough to tell latents apart.</p>`,
    table({
      caption: "Links between modalities, one cause at a time",
      columns: [
        { title: "Link" },
        ...["Straight line", "Curvature", "Changing spread", "Noise not normal"].map((title) => ({
          title,
          numeric: true
        }))
      ],
      rows: mechanisms2.map(({ from, to, linear, curvature, spread, nonNormal }) => [
        `${from} \u2013 ${to}`,
        percent(linear),
        mark2(curvature, NOTABLE.curvature),
        mark2(spread, NOTABLE.spread),
        mark2(nonNormal, NOTABLE.nonNormal)
      ])
    })
  ]);
}
function usageOf(usage2) {
  const latents = usage2.filter(({ entry }) => entry.latent);
  const idle2 = latents.filter(({ verdict }) => verdict !== "used");
  const words = { used: "", collapsed: "collapsed", unused: "unused" };
  return markup`<h3 id="usage">Is every latent used?</h3>
${idle2.length === 0 ? markup`<p>Yes: the data tell each of the ${count(latents.length)} latents, and each moves some column.</p>` : notice(
    markup`<p><strong>${counted(idle2.length, "latent")} not used:
        ${idle2.map(({ entry }) => entry.name).join(", ")}.</strong> Fewer latents may be enough for
        ${idle2.length === 1 ? "this modality" : "these modalities"}.</p>`,
    "warning"
  )}
${table({
    caption: "Use of latents z and private noises \u03B7",
    columns: [
      { title: "Latent" },
      { title: "Told by the data", numeric: true },
      { title: "Largest effect on a column", numeric: true },
      { title: "Skewness", numeric: true },
      { title: "" }
    ],
    rows: usage2.map(({ entry, known, effect, histogram: histogram2, verdict }) => [
      entry.name,
      percent(known),
      `${decimals(effect)} sd`,
      decimals(histogram2.skewness),
      words[verdict]
    ])
  })}
<p class="muted">Told by the data: the share of a latent’s variance that is known once the columns are; below
${percent(MIN_KNOWN)} the posterior has collapsed. Effect: how far the most affected column goes as the latent goes
from −2 to +2 sd; below ${MIN_EFFECT} sd it is unused.</p>`;
}
function explained({ subjects: study, reconstruction: { split, subjects, modalities } }) {
  return markup`<h3 id="kept">How much of the columns is kept?</h3>
${table({
    caption: "Explained variance",
    columns: [
      { title: "Modality" },
      ...["Training", "Held out", "Best column", "Worst column"].map((title) => ({ title, numeric: true }))
    ],
    rows: modalities.map(({ name, train, heldOut, columns }) => {
      const sorted = [...columns].sort((a, b) => (b.r2 ?? 0) - (a.r2 ?? 0));
      const describe5 = ({ name: column2, r2 }) => `${labelOf(study, name, column2)} ${r2 !== null && r2 < 0 ? "below 0" : percent(r2 ?? NaN)}`;
      return [name, percentText(train), percentText(heldOut), describe5(sorted[0]), describe5(sorted[sorted.length - 1])];
    })
  })}
<p class="muted">R² of the decoders’ answer to the posterior means about the training means, all columns together; held
out are the ${count(subjects)} ${split === "test" ? "held-out subjects" : "validation subjects"}.</p>`;
}
function independenceOf(facts) {
  if (facts === void 0) {
    return markup`<h3 id="independence">Are the noises independent?</h3>
<p>Not known: the model has seen all but a few of the subjects, and their noises depend by how it was fitted.</p>`;
  }
  const pairs = dependentPairs(facts).slice(0, MAX_PAIRS);
  const strongest2 = pairs.at(0)?.value ?? 0;
  const size3 = strongest2 > facts.chance ? "small, though more than chance" : "no more than chance";
  const verdict = pairs.some(({ value: value2 }) => isNotable(value2, facts)) ? "Some pairs are not: what ties them has no place in the graph." : `No pair depends by more than ${decimals(strongest2)}; that is ${size3} (${decimals(facts.chance)}).`;
  return markup`<h3 id="independence">Are the noises independent?</h3>
<p>The method rests on independent noises: ε, what is left of a latent once its causes are known, and η, the private
noise of a modality. ${verdict}</p>
<div class="beside">${figure({
    name: "independence",
    svg: independenceChart(facts),
    caption: `Rank correlation of values or of sizes, whichever is larger, over ${count(facts.subjects)} subjects that did not train the model; darker is more.`
  })}
${table({
    caption: "Most dependent pairs of noises",
    quiet: false,
    columns: [{ title: "Pair" }, { title: "Dependence", numeric: true }],
    rows: pairs.map(({ a, b, value: value2 }) => [
      `${a} and ${b}`,
      isNotable(value2, facts) ? markup`<strong>${decimals(value2)}</strong>` : decimals(value2)
    ])
  })}</div>`;
}
function agreement({ graph, summary }) {
  const { edges, runs: restarts, nodes } = graph;
  if (restarts === 1) {
    return markup`<h3 id="agreement">Do the restarts agree?</h3>
<p>There is only one restart, so this is not known.</p>`;
  }
  const mean2 = edges.reduce((sum, edge) => sum + edge.agreement / edges.length, 0);
  const all = edges.filter((edge) => edge.agreement === 1).length;
  const links3 = edges.length === 0 ? "The graph has no links to agree on." : `On average ${percent(mean2)} of the ${restarts} restarts have a link of the chosen one; ${counted(all, "link")} of ${edges.length} ${all === 1 ? "is" : "are"} in all of them.`;
  return markup`<h3 id="agreement">Do the restarts agree?</h3>
<p>${AGREEMENT} What is supported is <a href="#evidence">above</a>.</p>
<p>${links3} Latents that the data determine come out of every restart; those below ${decimals(AGREED)} are determined
only up to mixing with others of their modality.</p>
${table({
    caption: "Agreement of the restarts on each latent",
    columns: [
      { title: "Latent" },
      { title: "Mean |rank correlation| with its match in the other restarts", numeric: true }
    ],
    rows: nodes.map(({ name }, i) => [name, agreed(summary.agreement[i])])
  })}`;
}
function agreed(value2) {
  return value2 < AGREED ? markup`<strong>${decimals(value2)}</strong>` : markup`${decimals(value2)}`;
}

// src/report/link-title.ts
function relationText({ estimate, lower, upper }) {
  return `${signed(estimate, decimals)} (${decimals(lower)} to ${decimals(upper)})`;
}
function directionWords({ direction: { verdict, share } }) {
  if (verdict === "undecided") return "not known";
  return share === void 0 ? verdict : `${verdict}, in ${percent(share)} of half-samples`;
}
function linkTitle(link) {
  const { verdict, direct, conditioning, q } = link;
  const figures = direct ? [
    `direct correlation ${relationText(direct)}${conditioning.length === 0 ? "" : `, given ${listed(conditioning)}`}`,
    `q ${pText(q)}`
  ] : [];
  return [`link ${verdict}`, ...figures, `direction ${directionWords(link)}`].join("; ");
}

// src/report/causal-layout.ts
import * as z from "zod";

// src/report/graphviz.ts
async function graphviz() {
  if (!("WebAssembly" in globalThis)) {
    throw new DeviceError(
      "no-webassembly",
      "Graphs are drawn by Graphviz in WebAssembly, which this Node does not have: start it without --jitless."
    );
  }
  const { instance } = await import("@viz-js/viz");
  return instance();
}

// src/report/label-box.ts
function labelBox(width, height2) {
  const size3 = `WIDTH="${Math.ceil(width)}" HEIGHT="${Math.ceil(height2)}"`;
  return { html: `<TABLE BORDER="0" FIXEDSIZE="TRUE" ${size3}><TR><TD></TD></TR></TABLE>` };
}

// src/report/spline.ts
function midpoint(spline) {
  const points = sample(spline);
  return points[Math.floor(points.length / 2)];
}
function nearest(spline, { x, y }) {
  const distance = (point) => Math.hypot(point.x - x, point.y - y);
  return sample(spline).reduce((best2, point) => distance(point) < distance(best2) ? point : best2);
}
function sample(spline) {
  const steps2 = 16;
  const points = [spline[0]];
  for (let start = 0; start + 3 < spline.length; start += 3) {
    const [a, b, c, d] = spline.slice(start, start + 4);
    for (let step = 1; step <= steps2; step++) {
      const t = step / steps2;
      const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
      const blend = (axis) => [a, b, c, d].reduce((sum, point, k) => sum + weights[k] * point[axis], 0);
      points.push({ x: blend("x"), y: blend("y") });
    }
  }
  return points;
}

// src/report/causal-layout.ts
var graphvizSchema = z.object({
  bb: z.string(),
  objects: z.array(z.object({ name: z.string(), pos: z.string() })).default([]),
  edges: z.array(z.object({ pos: z.string(), lp: z.string().optional(), order: z.string() })).default([])
});
var INCH = 72;
var PAGE = 860;
var DIRECTIONS = {
  down: { rankdir: "TB", ranksep: 0.6, nodesep: 0.3 },
  // Edges that pass by take room below one another, where there is more of it.
  right: { rankdir: "LR", ranksep: 0.4, nodesep: 0.16 }
};
async function layoutCausalGraph(graph, boxes, label2) {
  const viz = await graphviz();
  const down = layout(viz, graph, { boxes, label: label2, attributes: DIRECTIONS.down });
  if (down.width <= PAGE) return down;
  const right = layout(viz, graph, { boxes, label: label2, attributes: DIRECTIONS.right });
  return right.width < down.width ? right : down;
}
function layout(viz, graph, {
  boxes,
  label: label2,
  attributes
}) {
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  const result = viz.render(
    {
      directed: true,
      graphAttributes: attributes,
      nodeAttributes: { shape: "box", fixedsize: true, label: "" },
      // Marks are drawn by hand, so curves end at the boxes.
      edgeAttributes: { dir: "none" },
      nodes: boxes.map(({ width, height: height2 }, i) => ({
        name: `n${i}`,
        attributes: { width: width / INCH, height: height2 / INCH }
      })),
      edges: graphEdges(graph).map(({ from, to }, e) => ({
        tail: `n${position.get(from)}`,
        head: `n${position.get(to)}`,
        attributes: { order: String(e), ...label2 && { label: labelBox(label2.width, label2.height) } }
      }))
    },
    { format: "json" }
  );
  if (result.status !== "success") {
    const reason = result.errors.map(({ message }) => message).join("; ");
    throw new InternalError("layout-failed", `Graphviz could not lay out the graph (${reason}); please report this`);
  }
  return read(graphvizSchema.parse(JSON.parse(result.output)), graph.variables.length);
}
function read({ bb, objects, edges }, count2) {
  const [, , width, height2] = bb.split(",").map(Number);
  const point = (text) => {
    const [x, y] = text.split(",").map(Number);
    return { x, y: height2 - y };
  };
  const places = new Map(objects.map(({ name, pos }) => [name, pos]));
  const splines = [];
  const labels = [];
  for (const { pos, lp, order } of edges) {
    const spline = pos.split(" ").map(point);
    splines[Number(order)] = spline;
    labels[Number(order)] = lp === void 0 ? midpoint(spline) : nearest(spline, point(lp));
  }
  const nodes = Array.from({ length: count2 }, (_, i) => point(places.get(`n${i}`)));
  return { width, height: height2, nodes, edges: splines, labels };
}

// src/causal/direction-text.ts
function arrowOf({ direction }) {
  return direction === "undecided" ? "\u2013" : "\u2192";
}
function endsText(edge) {
  const { from, to, direction } = edge;
  const verdict = direction === "undecided" ? "not known" : direction;
  return `${from} ${arrowOf(edge)} ${to}${verdict ? ` (direction ${verdict})` : ""}`;
}
function directionCell2({ from, to, direction }) {
  if (direction === void 0) return "not judged";
  return direction === "undecided" ? "not known" : `${from} \u2192 ${to}, ${direction}`;
}
function relationsOf(edges, name) {
  const directed = edges.filter(({ direction }) => direction !== "undecided");
  const undirected = edges.filter(({ direction }) => direction === "undecided");
  const causesAmong = (all) => all.filter(({ to }) => to === name).map(({ from }) => from);
  const effectsAmong = (all) => all.filter(({ from }) => from === name).map(({ to }) => to);
  return {
    causes: causesAmong(directed),
    effects: effectsAmong(directed),
    linked: [...causesAmong(undirected), ...effectsAmong(undirected)]
  };
}

// src/report/graph-layout.ts
import * as z2 from "zod";
var clusterMargin = 14;
var clusterGap = 12;
var graphvizSchema2 = z2.object({
  bb: z2.string(),
  objects: z2.array(z2.object({ name: z2.string(), bb: z2.string().optional(), pos: z2.string().optional() })).optional(),
  edges: z2.array(z2.object({ pos: z2.string(), lp: z2.string().optional(), order: z2.string() })).optional()
});
async function layoutGraph(graph, options) {
  const viz = await graphviz();
  const layout2 = (readUpwards) => {
    const result = viz.render(describe(graph, options, readUpwards), { format: "json" });
    if (result.status !== "success") {
      const reason = result.errors.map(({ message }) => message).join("; ");
      throw new InternalError("layout-failed", `Graphviz could not lay out the graph (${reason}); please report this`);
    }
    return read2(graph, graphvizSchema2.parse(JSON.parse(result.output)), readUpwards);
  };
  const downwards = layout2(false);
  return descendingPairs(graph, downwards) > 0 ? layout2(true) : downwards;
}
function descendingPairs({ nodes }, layout2) {
  let balance = 0;
  for (const [i, { modality }] of nodes.entries()) {
    for (let j = 0; j < i; j++) {
      const weight = modality === nodes[0].modality ? 1.5 : 1;
      if (nodes[j].modality === modality) balance += weight * Math.sign(layout2.nodes[j].y - layout2.nodes[i].y);
    }
  }
  return balance;
}
function describe(graph, options, readUpwards) {
  const { nodeRadius: nodeRadius2, clusterLabels, clusterLabelSize, edgeLabel: edgeLabel2 } = options;
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const modalities = modalityLatents(graph);
  const first = modalities.map(({ name }) => graph.nodes.findIndex(({ modality }) => modality === name));
  const chain = graph.edges.length > 0 ? [] : first.slice(1).map((to, m) => invisible(first[m], to));
  return {
    directed: true,
    graphAttributes: { rankdir: "LR", newrank: true, ranksep: 0.9, nodesep: 0.32 },
    nodeAttributes: { shape: "circle", fixedsize: true, width: 2 * nodeRadius2 / 72, label: "" },
    edgeAttributes: { arrowsize: 0.9 },
    subgraphs: modalities.map(({ name }, m) => ({
      name: `cluster_${m}`,
      graphAttributes: {
        rank: "same",
        labelloc: readUpwards ? "t" : "b",
        margin: clusterMargin + clusterGap / 2,
        label: labelBox(textWidth(clusterLabels[m], clusterLabelSize), clusterLabelSize + 6)
      },
      nodes: graph.nodes.flatMap(({ modality }, i) => modality === name ? [{ name: `n${i}` }] : [])
    })),
    edges: [
      ...graph.edges.map(({ from, to }, e) => {
        const [tail, head] = [position.get(from), position.get(to)];
        const across = graph.nodes[tail].modality !== graph.nodes[head].modality;
        const reserved = edgeLabel2 !== void 0 && across ? { label: labelBox(edgeLabel2.width, edgeLabel2.height) } : {};
        return { tail: `n${tail}`, head: `n${head}`, attributes: { order: String(e), ...reserved } };
      }),
      ...chain
    ]
  };
}
function invisible(tail, head) {
  return { tail: `n${tail}`, head: `n${head}`, attributes: { style: "invis", order: "-1" } };
}
function read2(graph, json, readUpwards) {
  const [, , width, height2] = json.bb.split(",").map(Number);
  const point = (text) => {
    const [x, y] = text.split(",").map(Number);
    return { x, y: readUpwards ? height2 - y : y };
  };
  const objects = new Map((json.objects ?? []).map((object3) => [object3.name, object3]));
  const edges = [];
  for (const { pos, lp, order } of json.edges ?? []) {
    if (order === "-1") continue;
    const parts = pos.split(" ");
    const tip = point(parts.find((part) => part.startsWith("e,")).slice(2));
    const spline = parts.filter((part) => !part.startsWith("e,")).map(point);
    edges[Number(order)] = { spline, tip, label: lp === void 0 ? midpoint(spline) : nearest(spline, point(lp)) };
  }
  return {
    width,
    height: height2,
    clusters: modalityLatents(graph).map((_, m) => {
      const [left2, bottom, right, top] = objects.get(`cluster_${m}`).bb.split(",");
      const [a, b] = [point(`${left2},${bottom}`), point(`${right},${top}`)];
      const y = Math.min(a.y, b.y) + clusterGap / 2;
      return { x: a.x, y, width: b.x - a.x, height: Math.abs(b.y - a.y) - clusterGap };
    }),
    nodes: graph.nodes.map((_, i) => point(objects.get(`n${i}`).pos)),
    edges
  };
}

// src/report/graph-svg.ts
var STRENGTHS = ["auto", "shown", "hover"];
var nodeRadius = 21;
var panelLabelSize = 13;
var edgeLabelSize = 11;
var signRadius = 7;
var longestName = 24;
var maxLabels = 20;
var captionHeight = 30;
async function graphSvg(graph, options = {}) {
  checkLatentGraph("graphSvg", graph);
  checkOptions("graphSvg", options, { ...SVG_OPTIONS, strengths: "text" });
  const { title = "Causal graph between latents", theme = "auto", strengths = "auto" } = options;
  checkOneOf("theme", theme, THEMES);
  checkOneOf("strengths", strengths, STRENGTHS);
  const showsStrength = strengths === "shown" || strengths === "auto" && graph.edges.length <= maxLabels;
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const layout2 = await layoutGraph(graph, {
    nodeRadius,
    clusterLabels: modalities.map((name) => shorten(name, longestName)),
    clusterLabelSize: panelLabelSize,
    edgeLabel: labelSize(graph, showsStrength)
  });
  const caption = captionOf(graph, showsStrength);
  const width = Math.max(layout2.width, textWidth(caption, 11.5), textWidth(title, 15)) + inset.left + inset.right;
  const left2 = (width - layout2.width) / 2;
  const height2 = inset.top + layout2.height + captionHeight + inset.bottom;
  return drawing({
    width,
    height: height2,
    title,
    description: describeGraph(graph),
    theme,
    body: [
      element(
        "g",
        { transform: `translate(${short(left2)} ${short(inset.top)})` },
        ...modalities.map((name, m) => panel(name, m, layout2)),
        ...graph.edges.map(
          (edge, e) => arrow(graph, edge, layout2.edges[e], { showsStrength, hook: theme === "page" ? e : void 0 })
        ),
        ...modalities.map((name, m) => panelName(name, layout2.clusters[m])),
        ...graph.nodes.map((_, i) => disc(graph, i, modalities, { ...layout2.nodes[i], hooked: theme === "page" }))
      ),
      label(caption, {
        class: "il-muted",
        x: width / 2,
        y: height2 - inset.bottom,
        "text-anchor": "middle",
        "font-size": 11.5
      })
    ]
  });
}
function labelSize(graph, showsStrength) {
  const height2 = edgeLabelSize + 6;
  if (showsStrength) return { width: 44, height: height2 };
  return hasEffects(graph) ? { width: 2 * signRadius + 2, height: height2 } : void 0;
}
function captionOf(graph, showsStrength) {
  const { edges } = graph;
  if (edges.length === 0) return "No edge is strong enough to be drawn";
  const lines2 = edges.filter(isLine).length;
  const number2 = "Number: change of the effect, in sd, per sd of the cause";
  const sign = "+: the effect rises with the cause; \u2212: it falls";
  return [
    ...hasEffects(graph) ? [showsStrength ? number2 : sign] : [],
    `Wide ${lines2 === edges.length ? "line" : "arrow"}: strong edge`,
    ...edges.some(({ direction }) => direction === "assumed") ? ["Arrow: assumed direction"] : [],
    ...lines2 > 0 ? ["Line: direction not known"] : []
  ].join(". ");
}
function isLine({ direction }) {
  return direction === "undecided";
}
function labelOf2({ strength, effect }, showsStrength) {
  if (effect === void 0) return showsStrength ? strength.toFixed(2) : void 0;
  return showsStrength ? signedText(effect) : signOf(effect);
}
function panel(name, m, { clusters }) {
  const { x, y, width, height: height2 } = clusters[m];
  const { fill, stroke } = modalityClass(m);
  const box = { x, y, width, height: height2, rx: 12, "stroke-width": 1, "fill-opacity": 0.07, "stroke-opacity": 0.35 };
  return element("rect", { class: `${fill} ${stroke}`, ...box }, hover(name));
}
function panelName(name, { x, y, width }) {
  return label(shorten(name, longestName), {
    class: "il-ink",
    x: x + width / 2,
    y: y + 22,
    "text-anchor": "middle",
    "font-size": panelLabelSize,
    "font-weight": 600
  });
}
function disc(graph, i, modalities, { x, y, hooked }) {
  const { name, modality, index, risesWith } = graph.nodes[i];
  const colours = modalityClass(modalities.indexOf(modality));
  const { causes, linked } = relationsOf(graph.edges, name);
  const text = [
    ...risesWith === void 0 ? [] : [`rises with ${risesWith.column}`],
    ...causes.length === 0 && linked.length > 0 ? [] : [causesText(causes)],
    ...linked.length === 0 ? [] : [`linked with ${linked.join(", ")}, direction not known`]
  ].join("; ");
  return element(
    "g",
    hooked ? nodeHook(i, `${name}: ${text}`) : {},
    ...hooked ? [] : [hover(`${name}: ${text}`)],
    element("circle", { class: colours.fill, cx: x, cy: y, r: nodeRadius }),
    element(
      "text",
      { class: colours.text, x, y: y + 4.5, "text-anchor": "middle", "font-size": 15, "font-weight": 600 },
      "z",
      element("tspan", { dy: 3.5, "font-size": 10.5 }, escapeXml(String(index + 1)))
    )
  );
}
function causesText(causes) {
  return causes.length === 0 ? "no causes among the latents" : `caused by ${causes.join(", ")}`;
}
function arrow(graph, edge, { spline, tip, label: at }, { showsStrength, hook }) {
  const modalities = modalityLatents(graph).map(({ name }) => name);
  const cause = graph.nodes.find(({ name }) => name === edge.from);
  const { fill, stroke } = modalityClass(modalities.indexOf(cause.modality));
  const width = 1.4 + 3 * Math.min(1, edge.strength);
  const [start, ...rest] = spline.map(({ x, y }) => `${short(x)} ${short(y)}`);
  const line = { class: `il-line ${stroke}`, d: `M${start}C${rest.join(" ")}`, "stroke-width": width };
  return element(
    "g",
    hook === void 0 ? {} : edgeHook(hook, describeEdge(edge, graph.runs)),
    ...hook === void 0 ? [hover(describeEdge(edge, graph.runs))] : [element("path", { class: "il-reach", d: line.d })],
    element("path", {
      ...line,
      d: isLine(edge) ? `${line.d}L${short(tip.x)} ${short(tip.y)}` : line.d,
      "stroke-linecap": "butt"
    }),
    ...isLine(edge) ? [] : [element("path", { class: fill, d: arrowHead(spline[spline.length - 1], tip, width) })],
    ...edgeLabel(labelOf2(edge, showsStrength), at)
  );
}
function edgeHook(number2, description) {
  return { class: "il-edge", "data-edge": number2, tabindex: 0, role: "img", "aria-label": description };
}
function nodeHook(number2, description) {
  return { class: "il-node", "data-node": number2, tabindex: 0, role: "img", "aria-label": description };
}
function edgeLabel(text, { x, y }) {
  if (text === void 0) return [];
  const middle = { class: "il-ink", x, y: y + 4, "text-anchor": "middle", "font-size": edgeLabelSize };
  if (text.length === 1) {
    return [element("circle", { class: "il-outlined", cx: x, cy: y, r: signRadius }), label(text, middle)];
  }
  const [width, height2] = [textWidth(text, edgeLabelSize) + 6, edgeLabelSize + 4];
  return [
    element("rect", { class: "il-patch", x: x - width / 2, y: y - height2 / 2, width, height: height2, rx: height2 / 2 }),
    label(text, middle)
  ];
}
function arrowHead(end, tip, width) {
  const length = Math.hypot(tip.x - end.x, tip.y - end.y) || 1;
  const half = 2.6 + width;
  const [dx, dy] = [(tip.x - end.x) / length * half, (tip.y - end.y) / length * half];
  const [x, y] = [end.x - dx / half, end.y - dy / half];
  return `M${short(tip.x)} ${short(tip.y)}L${short(x - dy)} ${short(y + dx)}L${short(x + dy)} ${short(y - dx)}Z`;
}
function describeEdge({ strength, effect, agreement: agreement2, ...edge }, restarts) {
  const signed2 = effect === void 0 ? "" : `, effect ${signedText(effect)} sd per sd`;
  const support = restarts === 1 ? "" : `, found in ${Math.round(agreement2 * restarts)} of ${restarts} restarts on the same data`;
  return `${endsText(edge)}: strength ${strength.toFixed(3)}${signed2}${support}`;
}
function describeGraph(graph) {
  const parts = modalityLatents(graph).map(({ name, latents }) => `${name} (${latents})`);
  const edges = graph.edges.map((edge) => describeEdge(edge, graph.runs));
  return `Latents of ${parts.join(", ")}. ${edges.length === 0 ? "No edges." : `Edges: ${edges.join("; ")}.`}`;
}

// src/report/causal-svg.ts
var fontSize = 12.5;
var boxHeight = 28;
var longestName2 = 28;
var legendHeight = 30;
var legendLine = 18;
var minLegendWidth = 360;
var arrowLength = 10;
var maxLabels2 = 20;
var labelRoom = { width: 46, height: 17 };
var captionLine = 16;
async function causalGraphSvg(graph, edges = graphEdges(graph), { title = "Causal graph", theme = "auto", modalities: known, sizes, undrawn = [] } = {}) {
  const names2 = graph.variables.map(({ name }) => shorten(name, longestName2));
  const boxes = names2.map((name) => ({ width: textWidth(name, fontSize) + 20, height: boxHeight }));
  const isSigned = edges.some((edge) => signedSize(edge) !== void 0);
  const showsSize = isSigned && edges.length <= maxLabels2;
  const layout2 = await layoutCausalGraph(graph, boxes, showsSize ? labelRoom : void 0);
  const modalities = known ?? [...new Set(graph.variables.flatMap(({ modality }) => modality ?? []))];
  const key = legend(modalities, layout2.width);
  const texts = captionOf2(edges, showsSize, { sizes, undrawn });
  const captionHeight2 = texts.length === 0 ? 0 : 10 + captionLine * texts.length;
  const widest = Math.max(...texts.map((text) => textWidth(text, 11.5)), textWidth(title, 15));
  const width = Math.max(layout2.width, key.width, widest) + inset.left + inset.right;
  const height2 = inset.top + layout2.height + captionHeight2 + key.height + inset.bottom;
  const left2 = (width - layout2.width) / 2;
  return drawing({
    width,
    height: height2,
    title,
    description: describe2(graph, edges),
    theme,
    body: [
      element(
        "g",
        { transform: `translate(${short(left2)} ${short(inset.top)})` },
        ...edges.map(
          (edge, e) => curve(edge, layout2.edges[e], { showsSize, at: layout2.labels[e], hook: theme === "page" ? e : void 0 })
        ),
        ...graph.variables.map(({ modality }, i) => {
          const group = modality === void 0 ? known === void 0 ? 0 : -1 : modalities.indexOf(modality);
          const box = { ...layout2.nodes[i], ...boxes[i], name: names2[i], group };
          return variable(graph.variables[i], box, theme === "page" ? i : void 0);
        })
      ),
      ...texts.map(
        (text, line) => label(text, {
          class: "il-muted",
          x: inset.left,
          y: height2 - inset.bottom - key.height - captionLine * (texts.length - 1 - line),
          "font-size": 11.5
        })
      ),
      element("g", { transform: `translate(${inset.left} ${short(height2 - inset.bottom)})` }, ...key.body)
    ]
  });
}
function variable({ name: full, modality }, { x, y, width, height: height2, name, group }, hook) {
  const text = modality === void 0 ? full : `${full} (${modality})`;
  const colours = group < 0 ? { fill: "il-outlined", text: "il-ink" } : modalityClass(group);
  return element(
    "g",
    hook === void 0 ? {} : nodeHook(hook, text),
    ...hook === void 0 ? [hover(text)] : [],
    element("rect", { class: colours.fill, x: x - width / 2, y: y - height2 / 2, width, height: height2, rx: 7 }),
    label(name, { class: colours.text, x, y: y + 4.4, "text-anchor": "middle", "font-size": fontSize })
  );
}
function curve(edge, spline, { showsSize, at, hook }) {
  const last = spline.length - 1;
  const marks = [markAt(spline[0], spline[1], edge.fromMark), markAt(spline[last], spline[last - 1], edge.toMark)];
  const points = [marks[0].end, ...spline.slice(1, last), marks[1].end];
  const [start, ...rest] = points.map(({ x, y }) => `${short(x)} ${short(y)}`);
  const d = `M${start}C${rest.join(" ")}`;
  return element(
    "g",
    {
      opacity: edge.frequencies === void 0 ? 1 : 0.25 + 0.75 * edge.frequencies.adjacent,
      ...hook === void 0 ? {} : edgeHook(hook, describeEdge2(edge))
    },
    ...hook === void 0 ? [hover(describeEdge2(edge))] : [element("path", { class: "il-reach", d })],
    element("path", { class: "il-line il-axis", d, "stroke-width": 1.6 }),
    ...marks.flatMap(({ shapes }) => shapes),
    ...edgeLabel(labelOf3(edge, showsSize), at)
  );
}
var DIRECT_CORRELATION = "direct correlation, without measurement error";
var RANK_CORRELATION = "rank correlation of the two, nothing held fixed";
function captionOf2(edges, showsSize, { sizes, undrawn = [] }) {
  const isTested2 = edges.some(({ link }) => link !== void 0);
  const meaning = sizes ?? (isTested2 ? DIRECT_CORRELATION : RANK_CORRELATION);
  const labels = showsSize ? `Number: ${meaning}` : `+ or \u2212: sign of the ${meaning}`;
  const undecided2 = undrawn.filter(({ verdict }) => verdict === "undecided").length;
  return [
    ...edges.some((edge) => signedSize(edge) !== void 0) ? [labels] : [],
    ...undecided2 === 0 ? [] : [undecided2 === 1 ? "1 undecided pair is not drawn" : `${undecided2} undecided pairs are not drawn`]
  ];
}
function labelOf3(edge, showsSize) {
  const size3 = signedSize(edge);
  if (size3 === void 0) return void 0;
  return showsSize ? signedText(size3) : signOf(size3);
}
function markAt(tip, before, mark2) {
  const distance = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const [dx, dy] = [(tip.x - before.x) / distance, (tip.y - before.y) / distance];
  const back = (length) => ({ x: tip.x - dx * length, y: tip.y - dy * length });
  if (mark2 === ARROW) {
    const [end, half] = [back(arrowLength), 4.2];
    const corner = (side2) => `${short(end.x - side2 * dy * half)} ${short(end.y + side2 * dx * half)}`;
    const d = `M${short(tip.x)} ${short(tip.y)}L${corner(1)}L${corner(-1)}Z`;
    return { shapes: [element("path", { class: "il-muted", d })], end: back(arrowLength - 1) };
  }
  if (mark2 === CIRCLE) {
    const { x, y } = back(4);
    return {
      shapes: [element("circle", { class: "il-axis", cx: x, cy: y, r: 3.4, "stroke-width": 1.4 })],
      end: back(7.4)
    };
  }
  return { shapes: [], end: tip };
}
function legend(modalities, maxWidth) {
  if (modalities.length === 0) return { body: [], width: 0, height: 0 };
  const entries = modalities.map((name) => shorten(name, longestName2));
  let [x, line, width] = [0, 0, 0];
  const places = entries.map((name) => {
    const entryWidth = textWidth(name, 11.5) + 34;
    if (x > 0 && x + entryWidth > Math.max(maxWidth, minLegendWidth)) [x, line] = [0, line + 1];
    const place = { x, line };
    x += entryWidth;
    width = Math.max(width, x);
    return place;
  });
  const body = entries.flatMap((name, m) => {
    const y = (places[m].line - line) * legendLine;
    return [
      element("circle", { class: modalityClass(m).fill, cx: places[m].x + 5, cy: y - 4, r: 5 }),
      label(name, { class: "il-muted", x: places[m].x + 15, y, "font-size": 11.5 })
    ];
  });
  return { body, width, height: legendHeight + line * legendLine };
}
function describeEdge2(edge) {
  const { p = NaN, association, link, frequencies, intervals } = edge;
  const texts = [`${edge.from} ${edgeSymbol(edge)} ${edge.to}`];
  if (association !== void 0) texts.push(`\u03C1 ${signedText(association)}`);
  if (link) texts.push(linkTitle(link));
  else if (!Number.isNaN(p)) texts.push(`largest p-value ${p.toPrecision(2)}`);
  if (frequencies !== void 0) {
    const found = percentWithin(frequencies.adjacent, intervals?.adjacent);
    const written2 = percentWithin(asWritten(edge, frequencies), intervals?.asWritten);
    texts.push(`found in ${found} of half-samples, written this way in ${written2}`);
  }
  return texts.join("; ");
}
function describe2(graph, edges) {
  const list = edges.map((edge) => `${edge.from} ${edgeSymbol(edge)} ${edge.to}`).join(", ");
  return `${graph.variables.length} variables, ${edges.length} edges${list === "" ? "" : `: ${list}`}.`;
}

// src/report/facts/evidence.ts
function reportConclusions({ graph, summary }) {
  return conclusionsOf(graph, summary);
}
function sharingOf({ status, pairs }) {
  if (status !== "tested") return status;
  return pairs.some(({ verdict }) => verdict === "supported") ? "associated" : "nothing";
}
function testedPairs({ pairs }) {
  return pairs.filter(({ p }) => p !== void 0);
}

// src/report/facts/half-samples.ts
function halfSampling({ resampled, replicated: replicated2 }) {
  if (resampled === "rows") {
    return {
      kind: "rows halved",
      meaning: "A share says how steady the search is with half of the rows. It is no measure of confidence."
    };
  }
  const latents = (replicated2 ?? []).map(({ name, share }) => `${name} ${percent(share)}`).join(", ");
  return {
    kind: "subjects halved before fitting",
    meaning: "Everything was fitted anew to each of them: a share says how steady fitting and search are together.",
    ...latents !== "" && {
      replicated: `Latents whose subspace both folds of a half-sample replicate: ${latents}. Links of others are seldom found.`
    }
  };
}

// src/report/facts/edge-status.ts
var MIN_AGREEMENT = 0.5;
function edgeStatus({ from, to }, { links: links3 }) {
  const link = links3.find(
    ({ first, second }) => first === from && second === to || first === to && second === from
  );
  if (link === void 0 || !isTested(link)) return "not tested";
  return link.verdict === "not-supported" ? "not supported" : link.verdict;
}
function isTested({ reason }) {
  return reason !== "within-modality" && reason !== "untested";
}
function shownGraph(graph, conclusions) {
  const isShown = (edge) => edge.agreement >= MIN_AGREEMENT || edgeStatus(edge, conclusions) !== "not tested";
  return { ...graph, edges: graph.edges.filter(isShown) };
}
function hiddenText(graph, conclusions) {
  const hidden = graph.edges.length - shownGraph(graph, conclusions).edges.length;
  if (hidden === 0) return void 0;
  return `Not shown: ${counted(hidden, "edge")} that ${hidden === 1 ? "was" : "were"} not tested and that fewer than half of the restarts found; graph.json has all.`;
}

// src/report/html/graph.ts
async function graphSection(input2, facts) {
  const { discovery } = input2;
  const conclusions = reportConclusions(input2);
  const graph = shownGraph(input2.graph, conclusions);
  const hidden = hiddenText(input2.graph, conclusions);
  const sharing = sharingOf(conclusions);
  const section = { id: "graph", title: "The graph of the fit" };
  if (sharing === "nothing" && crossEdges(graph).length === 0) {
    const body = [withoutLinks(graph, { discovery, conclusions }, facts), hidden && markup`<p>${hidden}</p>`];
    return { ...section, body };
  }
  const edges = latentEdges(graph, { discovery, conclusions }, facts);
  return {
    ...section,
    data: { graph: { edges, nodes: latentNodes(graph, facts) } },
    body: [
      sharing === "associated" ? void 0 : notice(markup`<p><strong>${headline(conclusions)}</strong> <a href="#evidence">What that means</a></p>`),
      markup`<p>An arrow says that the noise of the effect depends on the cause: strength P = E|∂ε/∂z| · sd(z), about
      the change of the effect, in its noise’s standard deviations, per standard deviation of the cause.
      ${hasEffects(graph) ? SIGNS : void 0} ${directionsText(graph)}
      ${sharing === "associated" ? SUPPORTED : void 0}</p>`,
      graph.runs > 1 ? markup`<p>${AGREEMENT}</p>` : void 0,
      hidden && markup`<p>${hidden}</p>`,
      view(
        "graph",
        graph.edges.length === 0 ? void 0 : {
          max: graph.edges[0].strength,
          legend: "Least strength",
          agreement: graph.runs > 1 ? "Least agreement of restarts" : void 0
        },
        figure({
          name: "graph",
          svg: await graphSvg(graph, { theme: "page" }),
          caption: "One colour per modality, that of the cause on its arrows."
        }),
        edgeTable(graph, { discovery, conclusions }, facts)
      )
    ]
  };
}
var SIGNS = "The number on an arrow has a sign: how far the effect rises (+) or falls (\u2212), in its standard deviations, when the cause rises by one of its own and nothing else changes.";
function directionsText({ edges }) {
  const has = (wanted) => edges.some(({ direction }) => direction === wanted);
  return [
    ...has("assumed") ? ["Arrows between modalities are assumed: they are the order in the study file."] : [],
    ...has("supported") ? ["Arrows that are not called assumed are supported by held-out subjects."] : [],
    ...has("undecided") ? ["A line is a link whose direction is not known."] : []
  ].join(" ");
}
var SUPPORTED = "Those between modalities are supported by cross-fitting as links, not as directions; those within a modality are not tested.";
function withoutLinks(graph, tests, facts) {
  return [
    notice(
      markup`<p><strong>No link between modalities is supported.</strong> ${headline(tests.conclusions)}
      <a href="#evidence">What that means</a></p>`,
      "warning"
    ),
    ...graph.edges.length === 0 ? [] : [
      markup`<p>Within modalities the fit has links, which were not tested.
          ${graph.runs > 1 ? AGREEMENT : void 0}</p>`,
      edgeTable(graph, tests, facts)
    ]
  ];
}
function view(name, filters, drawing2, list) {
  return markup`<div class="view" data-view="${name}">
<form class="controls needs-script" data-controls="${name}">
<fieldset class="switch"><legend class="unseen">Show</legend>
<label><input type="radio" name="shown" value="drawing" checked><span>Drawing</span></label>
<label><input type="radio" name="shown" value="table"><span>Table</span></label></fieldset>
${filters === void 0 ? void 0 : sliders(filters)}
<span role="status" class="muted" data-count></span>
</form>
<div data-part="drawing">${drawing2}<p class="told needs-script" aria-live="polite" data-told>Point at an arrow or a
node, or move to it with the Tab key, to read about it.</p></div>
<div data-part="table">${list}</div>
</div>`;
}
function sliders({ max, legend: legend5, agreement: agreement2, start = 0 }) {
  const step = 10 ** Math.floor(Math.log10(max / 50));
  const range2 = markup`type="range" min="0" max="${Math.ceil(max / step) * step}" step="${step}" value="${start}"`;
  return markup`<label class="wide">${legend5} <input name="strength" ${range2}>
<output name="strengthShown">${start}</output></label>
${agreement2 === void 0 ? void 0 : markup`<label class="wide">${agreement2} <input name="agreement" type="range" min="0" max="100" step="5" value="0">
<output name="agreementShown">0 %</output></label>`}`;
}
function edgeTable(graph, { discovery, conclusions }, facts) {
  if (graph.edges.length === 0) return markup`<p>No link is in the graph.</p>`;
  return table({
    caption: "Links between latents",
    columns: [
      { title: "Latent" },
      { title: "Linked with" },
      { title: "Direction" },
      ...hasEffects(graph) ? [{ title: "Effect, sd per sd", numeric: true }] : [],
      { title: "Strength P", numeric: true },
      { title: "Agreement of restarts", numeric: true },
      { title: "In held-out subjects" },
      ...discovery ? [{ title: "Link of discovery", numeric: true }] : []
    ],
    rows: graph.edges.map((edge) => {
      const { from, to, strength, effect, agreement: agreement2 } = edge;
      return [
        described(graph, from, facts),
        described(graph, to, facts),
        directionCell2(edge),
        ...hasEffects(graph) ? [signedText(effect)] : [],
        decimals(strength, 3),
        restartsText(agreement2, graph.runs),
        edgeStatus(edge, conclusions),
        ...discovery ? [resamples(discovery, from, to)] : []
      ];
    })
  });
}
function described(graph, name, facts) {
  const words = wordsOf(graph, name, facts);
  return words === void 0 ? name : markup`${name}<span class="words">${words}</span>`;
}
function wordsOf(graph, name, facts) {
  const i = graph.nodes.findIndex((node) => node.name === name);
  return i < 0 || facts === void 0 ? void 0 : inWords(facts, i);
}
function withWords(graph, name, facts) {
  const words = wordsOf(graph, name, facts);
  return words === void 0 ? name : `${name} (${words})`;
}
function latentNodes(graph, facts) {
  return graph.nodes.map(({ name, risesWith }) => {
    const { causes, effects: effects2, linked } = relationsOf(graph.edges, name);
    return [
      withWords(graph, name, facts),
      ...risesWith ? [`rises with ${risesWith.column}`] : [],
      ...causes.length > 0 ? [`caused by ${causes.join(", ")}`] : [],
      ...effects2.length > 0 ? [`acts on ${effects2.join(", ")}`] : [],
      ...linked.length > 0 ? [`linked with ${linked.join(", ")}, direction not known`] : []
    ];
  });
}
function latentEdges(graph, { discovery, conclusions }, facts) {
  const position = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  return graph.edges.map((edge) => {
    const { from, to, strength, effect, agreement: agreement2 } = edge;
    return {
      ends: [position.get(from), position.get(to)],
      strength,
      agreement: agreement2,
      description: [
        `${withWords(graph, from, facts)} ${arrowOf(edge)} ${withWords(graph, to, facts)}`,
        `direction: ${directionCell2(edge)}`,
        ...effect === void 0 ? [] : [`effect ${signedText(effect)} sd per sd`],
        `strength ${decimals(strength, 3)}`,
        `found in ${restartsText(agreement2, graph.runs)} on the same data`,
        `${edgeStatus(edge, conclusions)} in held-out subjects`,
        ...discovery ? [ofDiscovery(discovery, from, to)] : []
      ]
    };
  });
}
function resamples(discovery, a, b) {
  if (!knows(discovery, a, b)) return "\u2013";
  const edge = between(discovery, a, b);
  if (edge === void 0) return "not found";
  return edge.frequencies === void 0 ? "found" : percent(edge.frequencies.adjacent);
}
function ofDiscovery(discovery, a, b) {
  if (!knows(discovery, a, b)) return "not asked of discovery";
  const edge = between(discovery, a, b);
  if (edge === void 0) return "not found by discovery";
  const p = edge.p === void 0 ? "" : `, largest p-value ${pText(edge.p)}`;
  const resamples2 = edge.frequencies === void 0 ? "" : ` in ${percent(edge.frequencies.adjacent)} of half-samples`;
  return `found by discovery${resamples2}${p}`;
}
function knows({ graph: { variables } }, ...names2) {
  return names2.every((name) => variables.some((variable2) => variable2.name === name));
}
function between({ edges }, a, b) {
  return edges.find(({ from, to }) => from === a && to === b || from === b && to === a);
}

// src/report/html/discovered.ts
var CROWDED = 24;
var FIRST_SHARE = 0.5;
var MAX_UNDECIDED = 20;
async function discoveredSection(input2, discovery, facts) {
  const { graph, edges, asked: question, undrawn, halfSamples } = discovery;
  const isShared = edges.some(({ frequencies }) => frequencies !== void 0);
  const modalities = input2.summary.model.modalities.map(({ name }) => name);
  const measured2 = graph.variables.some(({ modality }) => modality === void 0 || !modalities.includes(modality));
  const start = isShared && edges.length > CROWDED ? FIRST_SHARE : 0;
  return {
    id: "discovery",
    title: measured2 ? "Latents and measurements together" : "What discovery found",
    data: { discovery: graphFacts(input2, discovery, facts) },
    body: [
      markup`<p>${counted(graph.variables.length, "variable")} and ${counted(edges.length, "link")}.
      ${undrawn ? ERROR_AWARE : OF_COLUMNS} A cause that was not measured can stand behind any link.</p>`,
      ...notConfirmed(input2, discovery),
      ...question === void 0 ? [] : [...describeQuestion(question), ...unrelated(input2, question), ...notReplicated(input2, question)],
      ...levelTexts(graph),
      ...halfSamples === void 0 ? [] : [describeHalfSamples(halfSamples)],
      view(
        "discovery",
        isShared ? { max: 1, legend: "Least share of half-samples", agreement: void 0, start } : edges.some(({ p }) => Number.isFinite(p)) ? { max: Math.max(1, ...edges.map(certainty)), legend: "Least \u2212log\u2081\u2080 p", agreement: void 0 } : void 0,
        figure({
          name: "discovery",
          svg: await causalGraphSvg(
            graph,
            edges.map((edge) => ({ ...edge, p: edge.p ?? NaN })),
            { theme: "page", modalities, undrawn }
          ),
          caption: [
            ...measured2 ? ["Filled: latents, in the colour of their modality; outlined: measured variables. "] : [],
            ...isShared ? ["Faint links were found in few half-samples."] : []
          ]
        }),
        undrawn ? linkTable(input2, discovery, facts) : edgeTable2(input2, discovery, facts)
      ),
      ...undecided(input2, undrawn, facts)
    ]
  };
}
var ERROR_AWARE = "Two variables are linked where held-out subjects show a direct correlation that no other variables explain, with the measurement errors of latents taken into account. An arrowhead is drawn where the order given beforehand says so (assumed), or where a collider is replicated (supported). A circle is an end that nothing determines. Latents of one modality are made from the same columns: links between them are not tested. The number on a link, with + or \u2212, is its direct correlation.";
var OF_COLUMNS = "Two variables are linked when nothing that was tried explains away what they have in common, by tests of conditional independence. A line without an arrow could go either way; circles are open ends. The number on a link, with + or \u2212, is the rank correlation \u03C1 of the two variables, with nothing held fixed; levels without an order have none.";
var UNTESTED = "There are too few subjects (or groups of rows) to fit half of them and to test the other half. The latents were trained on those who would be tested, so that no link could be believed: the graph is empty.";
function levelTexts({ variables }) {
  const rises = variables.flatMap(({ name, levels }) => levels ? [`${name} from ${levels.join(" to ")}`] : []);
  return rises.length === 0 ? [] : [markup`<p>Texts of two levels rise in alphabetical order: ${listed(rises)}.</p>`];
}
function notConfirmed(input2, discovery) {
  return notConfirmedText(reportConclusions(input2), discovery).map((text) => notice(markup`<p>${text}</p>`));
}
function unrelated(input2, { crossFitted }) {
  const { status, pairs: all } = reportConclusions(input2);
  if (!crossFitted || status !== "tested") return [];
  const pairs = all.filter(({ verdict }) => verdict !== "supported").map(({ first, second }) => `${first} and ${second}`);
  if (pairs.length === 0) return [];
  return [
    markup`<p>No link was looked for between latents of ${pairs.join("; ")}: no <a href="#evidence">association</a>
    of theirs was found.</p>`
  ];
}
function notReplicated(input2, { crossFitted }) {
  const { status, latents } = reportConclusions(input2);
  const names2 = latents.filter(({ verdict }) => verdict !== "replicated").map(({ name }) => name);
  if (!crossFitted || status !== "tested" || names2.length === 0) return [];
  return [
    notice(markup`<p>Not replicated alone: ${listed(names2)}. A link of such a latent belongs to its modality; which of
    its latents it is may differ in the next fit.</p>`)
  ];
}
function describeHalfSamples(halfSamples) {
  const { kind, meaning, replicated: replicated2 = "" } = halfSampling(halfSamples);
  const count2 = counted(halfSamples.count, "half-sample");
  return markup`<p>${count2}: <strong>${kind}</strong>. ${meaning} ${replicated2}</p>`;
}
function describeQuestion({ tiers, groups, crossFitted, counted: units }) {
  if (!crossFitted) return [markup`<p><strong>Nothing was searched.</strong> ${UNTESTED}</p>`];
  const names2 = groups.flatMap(({ columns }) => columns.map(({ name }) => name));
  const order = tiers === void 0 ? "" : ` No arrow leads back in the order ${tiers.map((tier) => tier.join(", ")).join(" \u2192 ")}.`;
  return [
    markup`<p>The latents were searched ${names2.length === 0 ? "alone" : `with ${listed(names2)}`}.${order}</p>`,
    ...units ? [
      markup`<p>${counted(units.rows, "row")} belong to ${counted(units.groups, "group")}: each group counts once,
          with its means.</p>`
    ] : [],
    ...groups.length === 0 ? [] : [variableTable(groups)]
  ];
}
function variableTable(groups) {
  return table({
    caption: "Measured variables",
    columns: [{ title: "Variable" }, { title: "Column" }, { title: "Group" }, { title: "Missing", numeric: true }],
    rows: groups.flatMap(
      ({ name: group, columns }) => columns.map(({ name, column: column2, missing }) => [name, markup`<code>${column2}</code>`, group, count(missing)])
    )
  });
}
function linkTable({ graph: latents }, { edges }, facts) {
  const isShared = edges.some(({ frequencies }) => frequencies !== void 0);
  return table({
    caption: "Links (direct: given what explains the association best, with its 95 % interval; q: for all pairs)",
    columns: [
      { title: "From" },
      { title: "" },
      { title: "To" },
      { title: "Link" },
      { title: "Direct correlation", numeric: true },
      { title: "q", numeric: true },
      { title: "Given" },
      { title: "Direction" },
      ...isShared ? [{ title: "Refits", numeric: true }] : []
    ],
    rows: edges.map((edge) => [
      described(latents, edge.from, facts),
      markup`<code>${edgeSymbol(edge)}</code>`,
      described(latents, edge.to, facts),
      edge.link?.verdict ?? "\u2013",
      edge.link?.direct ? relationText(edge.link.direct) : "\u2013",
      pText(edge.link?.q),
      edge.link && edge.link.conditioning.length > 0 ? listed(edge.link.conditioning) : "nothing",
      edge.link ? directionWords(edge.link) : "\u2013",
      ...isShared ? [shares(edge)[0]] : []
    ])
  });
}
function undecided({ graph: latents }, undrawn, facts) {
  const open = strongest((undrawn ?? []).filter(({ verdict }) => verdict === "undecided"));
  const more = open.length - MAX_UNDECIDED;
  if (open.length === 0) return [];
  return [
    table({
      caption: "Undecided pairs, which are not in the drawing",
      columns: [
        { title: "First" },
        { title: "Second" },
        { title: "Association", numeric: true },
        { title: "Direct correlation", numeric: true },
        { title: "Why it is undecided" }
      ],
      rows: open.slice(0, MAX_UNDECIDED).map(({ first, second, association, direct, reason }) => [
        described(latents, first, facts),
        described(latents, second, facts),
        association ? relationText(association) : "\u2013",
        direct ? relationText(direct) : "\u2013",
        reason ? reasonText(reason) : "\u2013"
      ])
    }),
    ...more > 0 ? [markup`<p>And ${counted(more, "pair")} whose association is weaker; the JSON has all.</p>`] : [],
    ...oneOfTexts(open).map((text) => markup`<p>${text}</p>`)
  ];
}
function edgeTable2({ graph: latents }, { edges }, facts) {
  const isShared = edges.some(({ frequencies }) => frequencies !== void 0);
  return table({
    caption: "Links that discovery found",
    columns: [
      { title: "From" },
      { title: "" },
      { title: "To" },
      { title: "\u03C1", numeric: true },
      { title: "Largest p-value", numeric: true },
      ...isShared ? [
        { title: "Found", numeric: true },
        { title: "Written this way", numeric: true }
      ] : []
    ],
    rows: edges.map((edge) => [
      described(latents, edge.from, facts),
      markup`<code>${edgeSymbol(edge)}</code>`,
      described(latents, edge.to, facts),
      signedText(edge.association),
      pText(edge.p),
      ...isShared ? shares(edge) : []
    ])
  });
}
function graphFacts({ graph: latents }, { graph, edges }, facts) {
  const position = new Map(graph.variables.map(({ name }, i) => [name, i]));
  return {
    edges: edges.map((edge) => {
      const strength = edge.frequencies?.adjacent ?? certainty(edge);
      const ends = [position.get(edge.from), position.get(edge.to)];
      const [from, to] = [edge.from, edge.to].map((name) => withWords(latents, name, facts));
      return { ends, strength, agreement: 1, description: [`${from} ${edgeSymbol(edge)} ${to}`, ...details2(edge)] };
    }),
    nodes: graph.variables.map(({ name }) => {
      const linked = edges.flatMap(({ from, to }) => from === name ? [to] : to === name ? [from] : []);
      return [
        withWords(latents, name, facts),
        linked.length === 0 ? "linked with nothing" : `linked with ${linked.join(", ")}`
      ];
    })
  };
}
function details2(edge) {
  const { p, association, link, frequencies } = edge;
  const sign = association === void 0 ? [] : [`\u03C1 ${signedText(association)}`];
  const tested = link ? [linkTitle(link)] : p === void 0 ? [] : [`largest p-value ${pText(p)}`];
  const known = [...sign, ...tested];
  if (frequencies === void 0) return known;
  const [found, written2] = shares(edge);
  return [...known, `found in ${found} of half-samples`, `written this way in ${written2}`];
}
function shares(edge) {
  const { frequencies, intervals } = edge;
  if (frequencies === void 0) return ["\u2013", "\u2013"];
  return [
    percentWithin(frequencies.adjacent, intervals?.adjacent),
    percentWithin(asWritten(edge, frequencies), intervals?.asWritten)
  ];
}
function certainty({ p }) {
  return p === void 0 || Number.isNaN(p) ? MAX_EXPONENT : Math.min(MAX_EXPONENT, -Math.log10(p));
}

// src/report/html/evidence.ts
var numeric = (title) => ({ title, numeric: true });
function evidenceSection(input2, facts) {
  const conclusions = reportConclusions(input2);
  const section = { id: "evidence", title: "Conclusions" };
  if (conclusions.status !== "tested") {
    const [answer, ...rest] = summarySentences(conclusions);
    const text = rest.map((sentence2) => ` ${sentence2}`);
    return { ...section, body: notice(markup`<p><strong>${answer}</strong>${text}</p>`, "warning") };
  }
  const { pairs } = conclusions;
  const isAssociated = pairs.some(({ verdict }) => verdict === "supported");
  return {
    ...section,
    body: [
      pairTable(conclusions),
      isAssociated ? replicated(input2, conclusions, facts) : void 0,
      isAssociated ? links2(input2, conclusions, facts) : void 0,
      markup`<p class="muted">${METHOD}</p>`
    ]
  };
}
function testedSection(input2, facts) {
  const conclusions = reportConclusions(input2);
  if (conclusions.status !== "tested") return void 0;
  return { id: "tested", title: "Everything that was tested", body: everything(input2, conclusions, facts) };
}
var MAX_FRONT = 8;
function moreText(all, what) {
  return all > MAX_FRONT ? markup`<p class="after"><a href="#tested">${counted(all - MAX_FRONT, `more ${what}`)}</a></p>` : void 0;
}
var METHOD = "Correlation: between the two combinations of latents that go together most; found in one fold and measured in the other. p: permutation tests of latents and their squares in each fold, and of principal components of all subjects, combined and corrected for all pairs (Holm).";
var VERDICTS = {
  supported: "associated",
  "not-supported": "not found; 0.3 ruled out",
  undecided: "undecided"
};
function pairTable({ pairs, subjects }) {
  const differ = pairs.some((pair) => pair.subjects < subjects);
  return markup`<h3 id="pairs">Which modalities are associated?</h3>
${table({
    caption: "Pairs of modalities",
    columns: [
      { title: "Modalities" },
      ...differ ? [numeric("With both")] : [],
      ...["Correlation", "95 % interval", "p, corrected"].map(numeric),
      { title: "" }
    ],
    rows: pairs.slice(0, MAX_FRONT).map((pair) => [
      `${pair.first} and ${pair.second}`,
      ...differ ? [count(pair.subjects)] : [],
      pair.correlation ? decimals(pair.correlation.estimate) : "\u2013",
      pair.correlation ? intervalCell(pair.correlation) : "\u2013",
      pText(pair.p === void 0 ? void 0 : pair.corrected),
      pair.verdict === "supported" ? markup`<strong>${VERDICTS.supported}</strong>` : pair.reason === "too-few" ? "too few have both" : pair.reason === "copied-rows" ? "not tested" : VERDICTS[pair.verdict]
    ])
  })}${moreText(pairs.length, "pair")}`;
}
function intervalCell({ lower, upper }) {
  return `${decimals(lower)} to ${decimals(upper)}`;
}
function replicated({ graph }, { latents }, facts) {
  const found = latents.filter(({ verdict }) => verdict === "replicated");
  return markup`<h3 id="replication">Which latents are replicated?</h3>
${found.length === 0 ? markup`<p>None of the ${counted(latents.length, "latent")} on its own: models of disjoint subjects do not agree on
single latents. Read the latents of a modality together.</p>` : table({
    caption: "Latents that models of disjoint subjects find",
    columns: [{ title: "Latent" }, ...["Correlation of the folds", "By chance"].map(numeric)],
    rows: found.slice(0, MAX_FRONT).map(({ name, agreement: agreement2, chance }) => [
      described(graph, name, facts),
      decimals(agreement2 ?? NaN),
      // The only latent of its modality has no other axis to be mistaken for.
      chance ? decimals(chance) : "\u2013"
    ])
  })}${moreText(found.length, "latent")}`;
}
var linkColumns = (last) => [
  { title: "Latent" },
  { title: "" },
  { title: "Latent" },
  ...["Direct correlation", "95 % interval", "q"].map(numeric),
  { title: last }
];
function links2(input2, conclusions, facts) {
  const supported = conclusions.links.filter(({ verdict }) => verdict === "supported");
  return markup`<h3 id="links">Which latents are directly linked?</h3>
${supported.length === 0 ? markup`<p>No direct link is supported: what the modalities have in common is not traced to single latents.</p>` : markup`${table({
    caption: "Links that are supported",
    columns: linkColumns("Direction"),
    rows: linkRows(input2, supported.slice(0, MAX_FRONT), facts)
  })}${moreText(supported.length, "link")}
<p class="muted">Direct correlation: given what explains the association best, without measurement errors. + they
rise together; − one falls as the other rises. q: its largest p, corrected for all links (Holm).</p>`}`;
}
function linkRows({ graph }, links3, facts) {
  return links3.map((link) => [
    described(graph, link.first, facts),
    link.sign ?? "",
    described(graph, link.second, facts),
    link.direct ? decimals(link.direct.estimate) : "\u2013",
    link.direct ? intervalCell(link.direct) : "\u2013",
    pText(link.q),
    link.verdict === "supported" ? directionCell(link) : link.reason ? reasonText(link.reason) : ""
  ]);
}
function everything(input2, conclusions, facts) {
  const { pairs, latents, links: all } = conclusions;
  const tested = testedPairs(conclusions).length;
  return [
    markup`<ul class="told-pairs">${pairs.map((pair) => markup`<li>${pairText(pair, tested)}</li>`)}</ul>`,
    markup`<ul class="told-pairs">${latents.map((latent) => markup`<li>${latentText(latent)}</li>`)}</ul>`,
    all.length === 0 ? void 0 : table({
      caption: "Links: supported, undecided and not supported",
      quiet: false,
      columns: linkColumns("Direction, or why it is not supported"),
      rows: linkRows(input2, all, facts)
    }),
    ...oneOfTexts(all).map((text) => markup`<p>${text}</p>`)
  ];
}

// src/report/axis.ts
function linearScale([low, high], [from, to], count2 = 5) {
  const span = high - low || Math.abs(high) || 1;
  const step = niceStep(span / count2);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + span * 1e-9; k++) ticks.push(k * step);
  return { kind: "linear", ticks, toPixel: (value2) => from + (value2 - low) / span * (to - from) };
}
function logScale([low, high], [from, to]) {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const decades = Math.max(1, Math.ceil((b - a) / 8));
  const mantissas = b - a > 3 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let k = Math.floor(a); k <= Math.ceil(b); k += decades) {
    for (const mantissa of mantissas) {
      const tick = mantissa * 10 ** k;
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return { kind: "log", ticks, toPixel: (value2) => from + (Math.log10(value2) - a) / (b - a || 1) * (to - from) };
}
function niceStep(step) {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= step * (1 - 1e-9)) ?? 10);
}
function tickText(value2) {
  const size3 = Math.abs(value2);
  const text = size3 !== 0 && (size3 >= 1e5 || size3 < 1e-3) ? value2.toExponential() : String(Number(value2.toPrecision(6)));
  return text.replaceAll("-", "\u2212");
}
function verticalAxis({ ticks, toPixel }, left2, right) {
  return ticks.flatMap((tick) => {
    const y = toPixel(tick);
    return [
      element("line", { class: "il-grid", x1: left2, y1: y, x2: right, y2: y }),
      label(tickText(tick), { class: "il-muted", x: left2 - 8, y: y + 4, "text-anchor": "end", "font-size": 11 })
    ];
  });
}
function horizontalAxis({ ticks, toPixel }, left2, right, y, write = tickText) {
  return [
    element("line", { class: "il-axis", x1: left2, y1: y, x2: right, y2: y }),
    ...ticks.flatMap((tick) => {
      const x = toPixel(tick);
      return [
        element("line", { class: "il-axis", x1: x, y1: y, x2: x, y2: y + 4 }),
        label(write(tick), { class: "il-muted", x, y: y + 17, "text-anchor": "middle", "font-size": 11 })
      ];
    })
  ];
}

// src/report/charts/effects-chart.ts
function traversalTexts(latent, position) {
  return { title: `What ${latent} does to the columns of its modality`, state: `With ${latent} at ${position}` };
}
function interventionTexts(latent, position) {
  return { title: `What follows if ${latent} is set`, state: `With ${latent} set to ${position}` };
}
var axisHeight = 34;
var letter = 12.5;
var WIDEST = 3;
function effectsChart(effects2, { title, state, at, width }) {
  const wide = width >= 560;
  const row2 = wide ? 27 : 44;
  const values = effects2.map((effect) => valueText(effect, at));
  const labelWidth = wide ? Math.min(0.36 * width, longest(effects2.map(({ label: name }) => name)) + 14) : 0;
  const valueWidth = wide ? longest(values) + 12 : 0;
  const [left2, right] = [labelWidth + 8, width - valueWidth - 8];
  const spreads = effects2.flatMap(({ spread = [] }) => spread.flat()).map((end) => Math.min(WIDEST, Math.abs(end)));
  const reach = Math.max(0.2, ...effects2.flatMap(({ shift }) => shift.map(Math.abs)), ...spreads);
  const x = linearScale([-reach, reach], [left2, right], wide ? 6 : 4);
  const bottom = effects2.length * row2;
  const rows = effects2.flatMap((effect, k) => {
    const { fill, stroke } = modalityClass(effect.m);
    const y = k * row2 + (wide ? row2 / 2 : 32);
    const pixel = (value2) => x.toPixel(value2);
    const [low, high] = [Math.min(...effect.shift), Math.max(...effect.shift)];
    const last = effect.shift[effect.shift.length - 1];
    const room = wide ? labelWidth : width - longest([values[k]]) - 16;
    const names2 = { class: "il-ink", "font-size": letter, y: wide ? y + 4 : k * row2 + 16 };
    return [
      label(shorten(effect.label, Math.floor(room / (letter * 0.56))), { ...names2, x: 0 }),
      element("line", {
        class: `il-line ${stroke}`,
        x1: pixel(low),
        x2: pixel(high),
        y1: y,
        y2: y,
        "stroke-width": 6,
        opacity: 0.25
      }),
      ...spreadLine(effect, { at, y, pixel, reach }),
      element("circle", { class: `il-patch ${stroke}`, cx: pixel(last), cy: y, r: 3.2, "stroke-width": 1.6 }),
      element("circle", { class: fill, cx: pixel(between2(effect.shift, at)), cy: y, r: 5.5 }),
      label(values[k], { ...names2, x: width, "text-anchor": "end", "font-variant-numeric": "tabular-nums" })
    ];
  });
  const zero = x.toPixel(0);
  return pageChart({
    width,
    height: bottom + axisHeight + 10,
    title,
    description: `${state}: ${effects2.map((effect, k) => `${effect.label} ${values[k]}`).join("; ")}.`,
    body: [
      element("line", { class: "il-grid", x1: zero, x2: zero, y1: 0, y2: bottom }),
      ...rows,
      ...horizontalAxis(x, left2, right, bottom + 6),
      label("change, in standard deviations", {
        class: "il-muted",
        x: (left2 + right) / 2,
        y: bottom + axisHeight + 6,
        "text-anchor": "middle",
        "font-size": 11.5
      })
    ]
  });
}
function spreadLine({ spread, m }, { at, y, pixel, reach }) {
  if (spread === void 0) return [];
  const [low, high] = [0, 1].map((side2) => {
    const ends = spread.map((one) => one[side2]);
    return pixel(Math.max(-reach, Math.min(reach, between2(ends, at))));
  });
  return [element("line", { class: `il-line ${modalityClass(m).stroke}`, x1: low, x2: high, y1: y, y2: y })];
}
function valueText({ value: value2, rest }, at) {
  const here = between2(value2, at);
  const change = here - rest;
  const rounded2 = Math.abs(change) < 5e-3 * (Math.max(...value2) - Math.min(...value2)) ? 0 : change;
  return `${number(here)} (${rounded2 === 0 ? "\xB10" : signed(rounded2, (size3) => number(size3, 2))})`;
}
function positionText(sds) {
  return sds === 0 ? "its mean" : `${signed(sds, (value2) => decimals(value2, Number.isInteger(value2) ? 0 : 2).replace(/(\.\d)0$/, "$1"))} sd`;
}
function between2(values, at) {
  const before = Math.min(values.length - 2, Math.floor(at));
  return values[before] + (at - before) * (values[before + 1] - values[before]);
}
function longest(texts) {
  return Math.max(...texts.map((text) => textWidth(text, letter)));
}

// src/report/facts/interventions.ts
function consequencesOf(latent, input2) {
  const modalities = input2.summary.model.modalities.map(({ name }) => name);
  const few = (value2) => Number(value2.toPrecision(4));
  const rows = latent.reached.map((one) => ({
    label: reachedLabel(one, latent, input2),
    m: modalities.indexOf(one.modality),
    rest: few(one.before.mean),
    sd: few(one.before.sd),
    mean: one.after.map(({ mean: mean2 }) => few(mean2)),
    low: one.after.map(({ low }) => few(low)),
    high: one.after.map(({ high }) => few(high))
  }));
  return { name: latent.name, beyond: latent.beyond, rows };
}
function reachedLabel({ kind, name, modality }, latent, { subjects }) {
  if (kind === "latent") return name;
  const own = labelOf(subjects ?? {}, modality, name.slice(modality.length + 1));
  return modality === latent.modality ? own : `${own} \xB7 ${modality}`;
}
function consequenceRows({ rows }) {
  return rows.map(({ label: label2, m, rest, sd, mean: mean2, low, high }) => {
    const shift = (value2) => (value2 - rest) / (sd || 1);
    return {
      ...{ label: label2, m, rest, value: mean2, shift: mean2.map(shift) },
      spread: low.map((value2, step) => [shift(value2), shift(high[step])])
    };
  });
}

// src/report/html/latent-controls.ts
function latentControls({ name, latents, steps: steps2, at, step, more }) {
  return markup`<form class="controls needs-script" data-controls="${name}">
<label>Latent <select name="latent">${latents.map(
    (latent, i) => markup`<option value="${i}">${latent}</option>`
  )}</select></label>
<label class="wide">Position <input name="at" type="range" min="0" max="${steps2.length - 1}" step="${step}"
value="${at}"><output name="position">${positionText(steps2[at])}</output></label>
${more}
</form>`;
}

// src/report/html/interventions.ts
var ENDS = [-2, 2];
function interventionsSection(input2) {
  const section = { id: "interventions", title: "What follows if" };
  const { interventions } = input2;
  if (interventions === void 0) {
    return { ...section, body: notice(markup`<p>What follows from setting a latent needs the fitted model.</p>`) };
  }
  if ("refused" in interventions) {
    return { ...section, body: notice(markup`<p>This fit cannot be asked. ${interventions.refused}</p>`) };
  }
  const { latents, steps: steps2 } = interventions;
  if (latents.length === 0) return { ...section, body: [whatItIs(input2, latents), notSet(interventions)] };
  const consequences = latents.map((latent) => consequencesOf(latent, input2));
  const at = steps2.indexOf(1);
  return {
    ...section,
    data: { interventions: { latents: consequences, steps: steps2 } },
    body: [
      whatItIs(input2, latents),
      notSet(interventions),
      latentControls({ name: "interventions", latents: latents.map(setName), steps: steps2, at, step: 1 }),
      figure({
        name: "intervention",
        svg: effectsChart(consequenceRows(consequences[0]), {
          ...interventionTexts(consequences[0].name, positionText(1)),
          at,
          width: 760
        }),
        drawing: "interventions",
        caption: markup`Dot: the mean of everybody; thin line: the middle ${percent(interventions.level)} of subjects;
        broad line and ring: the way of the mean from −2 to +2 sd, and its end. In brackets the difference from the mean
        while nothing is set.`
      }),
      details("What follows from every latent, as tables", [
        markup`<p>In brackets the middle ${percent(interventions.level)} of subjects; behind an effect its simulation
        error: how far other draws than these ${count(interventions.draws)} might lie away.</p>`,
        latents.map((latent) => consequenceTable(latent, interventions, input2))
      ])
    ]
  };
}
function whatItIs(input2, latents) {
  const assumed = [...new Set(latents.flatMap((one) => one.assumed.map(({ from, to }) => `${from} \u2192 ${to}`)))];
  const { links: links3 = [], unsupported = [] } = input2.summary.evidence ?? {};
  const supported = links3.some(({ verdict }) => verdict === "supported");
  return markup`<p>Set one latent to the same value for everybody, whatever causes it: do(z) in the fitted model.
Effects follow links that held-out subjects support, causes before effects, with the noises that everybody has; all
else stays.
This holds if directions are right and nothing outside the study causes both ends of a link. Test an effect that matters
by an experiment.</p>
${supported ? void 0 : markup`<p><strong>${WITHOUT_LINKS}</strong></p>`}
${unsupported.length === 0 ? void 0 : notFollowed(unsupported.map(({ from, to }) => `${from} \u2013 ${to}`))}
${assumed.length === 0 ? void 0 : notice(
    markup`<p><strong>Assumed directions:</strong> ${listed(assumed)}. ${REVERSED[reversedOf(input2)]}</p>`,
    "warning"
  )}
<p>The interval is of subjects, who differ; uncertainty of the fit is not in it.</p>`;
}
function notFollowed(edges) {
  const them = edges.length === 1 ? "it" : "them";
  return markup`<p>Not followed: ${listed(edges)}. The fit has ${them}, but held-out subjects do not support
${them}.</p>`;
}
var WITHOUT_LINKS = "No link between modalities is supported, so nothing follows from a latent but the columns of its modality.";
var REVERSED = {
  "as-well": "The reversed order of modalities explains held-out subjects as well.",
  better: "The reversed order of modalities explains held-out subjects better.",
  other: "They are the order in the study file."
};
function reversedOf({ summary }) {
  const reversed2 = reversedOrder(summary.evidence);
  return reversed2 === void 0 || reversed2 === "worse" ? "other" : reversed2;
}
function notSet({ unset }) {
  if (unset.length === 0) return void 0;
  return notice(
    markup`<p>These latents are not set here:</p><ul>${unset.map(
      ({ name, reason }) => markup`<li><strong>${name}</strong>: ${reason}</li>`
    )}</ul>`
  );
}
function setName({ name, copies }) {
  return [name, ...copies].join(" = ");
}
function consequenceTable(latent, { steps: steps2 }, input2) {
  const ends = ENDS.map((sd) => steps2.indexOf(sd));
  const range2 = ({ mean: mean2, low, high }) => `${number(mean2)} (${number(low)} to ${number(high)})`;
  const effect = ({ mean: mean2, simulationError }) => `${signed(mean2)} \xB1 ${number(Number(simulationError.toPrecision(2)))}`;
  const extrapolated = steps2.filter((_, step) => latent.beyond[step]).map(positionText);
  return markup`${table({
    caption: setName(latent),
    quiet: false,
    columns: [
      { title: "What follows" },
      ...["nothing set", "\u22122 sd", "+2 sd", "effect of \u22122 sd", "effect of +2 sd"].map((title) => ({
        title,
        numeric: true
      }))
    ],
    rows: latent.reached.map((one) => [
      reachedLabel(one, latent, input2),
      range2(one.before),
      ...ends.map((step) => range2(one.after[step])),
      ...ends.map((step) => effect(one.effect[step]))
    ])
  })}${extrapolated.length === 0 ? void 0 : markup`<p class="muted">Beyond what training saw of ${latent.name}: ${listed(extrapolated)}.</p>`}`;
}

// src/report/charts/histogram-chart.ts
var size = { width: 300, height: 92 };
var base = 70;
function histogramChart(name, m, { low, high, counts, mean: mean2, sd }) {
  const x = linearScale([low, high], [4, size.width - 4], 5);
  const max = Math.max(...counts);
  const step = (high - low) / counts.length;
  const bars2 = counts.map((subjects, b) => {
    const [left2, right] = [x.toPixel(low + b * step), x.toPixel(low + (b + 1) * step)];
    const height2 = subjects / max * (base - 6);
    const box = { x: left2 + 0.5, y: base - height2, width: Math.max(0.5, right - left2 - 1), height: height2, rx: 1 };
    return element(
      "rect",
      { class: modalityClass(m).fill, ...box },
      hover(`${decimals(low + b * step)} to ${decimals(low + (b + 1) * step)}: ${subjects} subjects`)
    );
  });
  return pageChart({
    ...size,
    title: `Distribution of ${name}`,
    description: `Mean ${decimals(mean2)}, standard deviation ${decimals(sd)}, from ${decimals(low)} to ${decimals(high)}.`,
    body: [...bars2, ...horizontalAxis(x, 0, size.width, base)]
  });
}

// src/report/facts/certainty.ts
function certainty2({ mean: mean2, sd, inferred }, latents, k) {
  const rows = [...inferred.keys()];
  const between3 = sdOf(rows.filter((row2) => inferred[row2] === 0).map((row2) => mean2[row2 * latents + k]));
  const typical = (wanted) => {
    const own = rows.filter((row2) => inferred[row2] === wanted).map((row2) => sd[row2 * latents + k]);
    const median = own.length === 0 ? NaN : quantileOf(Float64Array.from(own).sort(), 0.5);
    return { subjects: own.length, sd: median / (between3 || 1) };
  };
  return { encoded: typical(0), inferred: typical(1) };
}
function sdOf(values) {
  const mean2 = values.reduce((sum, value2) => sum + value2, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value2) => sum + (value2 - mean2) ** 2, 0) / values.length);
}

// src/report/html/associations.ts
var MAX_ROWS = 300;
var MAX_BESIDE = 3;
function associatedColumns(facts, latent) {
  const own = facts.associations?.found.filter((one) => one.latent === latent).slice(0, MAX_BESIDE) ?? [];
  if (own.length === 0) return void 0;
  return markup`<h4>In other modalities, out of sample</h4><ul class="plain">${own.map(
    ({ modality, column: column2, rho }) => markup`<li>${labelOf(facts.subjects, modality, column2)}
<span class="muted">${modality}</span><span class="value">${decimals(rho.estimate)}
(${decimals(rho.lower)} to ${decimals(rho.upper)})</span></li>`
  )}</ul>`;
}
function associationsPart(input2, facts) {
  const { associations: associations2 } = facts;
  return markup`<h3 id="associations">Which columns of other modalities are latents associated with?</h3>
${associations2 ? listOf(facts, associations2) : markup`<p>Not shown. ${whyNone(reportConclusions(input2))}</p>`}`;
}
function listOf(facts, { found, joint, tested, units }) {
  const method = markup`<p class="muted">${counted(tested, "test")} of one latent, or of all of a modality, with a
column. The latents are those of ${count(units)} subjects (or groups) by models that had not seen them. p is corrected
for all tests (Holm). Intervals allow for models of the two folds that err alike.</p>`;
  if (found.length === 0 && joint.length === 0) {
    return markup`<p>No association was found between a latent and a column of another modality.</p>${method}`;
  }
  const all = [
    ...found.map((one) => ({ corrected: one.corrected, row: rowOf(facts, one) })),
    ...joint.map((one) => ({ corrected: one.corrected, row: jointRow(facts, one) }))
  ].sort((a, b) => a.corrected - b.corrected);
  const shown = all.slice(0, MAX_ROWS);
  const omitted = all.length - shown.length;
  return markup`<p>${counted(all.length, "association")} with corrected p ≤ ${percent(ASSOCIATION_ALPHA)}.</p>
${details("All associations of latents with columns of other modalities", [
    table({
      caption: "Associations out of sample",
      columns: [
        { title: "Latent" },
        { title: "Column" },
        { title: "Modality" },
        { title: "Spearman\u2019s \u03C1 (95 % interval), or multiple correlation", numeric: true },
        { title: "p, corrected", numeric: true }
      ],
      rows: shown.map(({ row: row2 }) => row2)
    }),
    omitted > 0 ? markup`<p class="muted">${count(omitted)} more, with larger p, are left out.</p>` : void 0
  ])}${method}`;
}
function rowOf(facts, { latent, modality, column: column2, rho, corrected }) {
  return [latent, labelOf(facts.subjects, modality, column2), modality, correlationText(rho), pText(corrected)];
}
function jointRow(facts, { latents, modality, column: column2, multiple, corrected }) {
  return [
    `all latents of ${latents}`,
    labelOf(facts.subjects, modality, column2),
    modality,
    `multiple correlation ${decimals(multiple)}`,
    pText(corrected)
  ];
}
function whyNone({ status }) {
  const rule = "Latents of a model that was trained on the same subjects go with other modalities by chance.";
  const why = {
    untested: "The fit was told not to test (--evidence none), so there are no out-of-fold latents.",
    "too-few": "There are too few subjects to fit models to folds, so there are no out-of-fold latents.",
    "copied-rows": "Rows are copies of other rows, or repetitions of the same people, so there are no out-of-fold latents.",
    tested: "There are no out-of-fold latents of these subjects: latents.csv of the RUN folder has those of the fit."
  };
  return `${rule} ${why[status]}`;
}

// src/report/charts/subjects-chart.ts
function subjectsChart(steps2, width) {
  const max = Math.max(1, ...steps2.map(({ subjects }) => subjects));
  const texts = steps2.map(
    ({ subjects }, k) => k === 0 ? count(subjects) : `${count(subjects)} \xB7 ${percent(subjects / steps2[0].subjects)}`
  );
  const isNarrow = steps2.some(({ title }, k) => textWidth(title, 13) + textWidth(texts[k], 12.5) > width);
  const [row2, bar2] = isNarrow ? [64, 39] : [46, 21];
  return pageChart({
    width,
    height: steps2.length * row2,
    title: "Who remains",
    description: steps2.map(({ title, subjects }) => `${title}: ${count(subjects)}`).join("; "),
    body: steps2.flatMap(({ title, subjects }, k) => {
      const y = k * row2;
      return [
        label(shorten(title, Math.floor(width / 6.6)), { class: "il-ink", x: 0, y: y + 14, "font-size": 13 }),
        label(texts[k], {
          class: "il-muted",
          x: isNarrow ? 0 : width,
          y: y + bar2 - 7,
          "text-anchor": isNarrow ? "start" : "end",
          "font-size": 12.5
        }),
        element("rect", { class: "il-track", x: 0, y: y + bar2, width, height: 10, rx: 5 }),
        element("rect", {
          class: modalityClass(0).fill,
          x: 0,
          y: y + bar2,
          width: Math.max(3, subjects / max * width),
          height: 10,
          rx: 5
        })
      ];
    })
  });
}

// src/report/facts/missingness.ts
var MAX_PATTERNS = 12;
var MAX_CELLS = 120;
function missingnessMap(inspection) {
  const { modalities, subjects, patterns } = inspection;
  if (patterns.length < 2 && modalities.every(({ missing }) => missing.length === 0)) return void 0;
  const others = patterns.slice(MAX_PATTERNS);
  const shown = [
    ...patterns.slice(0, MAX_PATTERNS).map((pattern) => [pattern]),
    ...others.length > 0 ? [others] : []
  ];
  return {
    patterns: shown.map(subjectsOf2),
    modalities: modalities.map((modality) => {
      const having = (some) => subjectsOf2(some.filter(({ modalities: names2 }) => names2.includes(modality.name)));
      return {
        name: modality.name,
        having: shown.map((some) => having(some) / subjectsOf2(some)),
        share: having(patterns) / subjects,
        cells: cellsOf(modality, inspection.missing === "keep" ? having(patterns) : inspection.shared)
      };
    })
  };
}
function subjectsOf2(patterns) {
  return patterns.reduce((sum, pattern) => sum + pattern.subjects, 0);
}
function cellsOf({ columns, missing }, of) {
  const lacking = new Map(missing.map(({ column: column2, subjects }) => [column2, subjects]));
  const shares2 = columns.map(({ name }) => ({ name, share: (lacking.get(name) ?? 0) / Math.max(1, of) }));
  const size3 = Math.ceil(shares2.length / MAX_CELLS);
  return Array.from({ length: Math.ceil(shares2.length / size3) }, (_, i) => {
    const own = shares2.slice(i * size3, (i + 1) * size3);
    const most = own.reduce((a, b) => b.share > a.share ? b : a);
    const share = own.reduce((sum, one) => sum + one.share, 0) / own.length;
    const beside = own.length > 1 ? `, the most of ${own.length} columns here` : "";
    return { share: Number(share.toFixed(3)), text: `${most.name}: ${percent(most.share)} missing${beside}` };
  });
}

// src/report/charts/missingness-chart.ts
var row = 64;
var bar = { y: 21, height: 14 };
var strip = { y: 39, height: 10 };
function missingnessChart({ patterns, modalities }, width) {
  const subjects = patterns.reduce((sum, one) => sum + one, 0);
  const starts = patterns.map((_, k) => patterns.slice(0, k).reduce((sum, one) => sum + one, 0));
  const places = patterns.map((own, k) => ({
    x: starts[k] / subjects * width,
    width: Math.max(1, own / subjects * width - 1)
  }));
  return pageChart({
    width,
    height: modalities.length * row - 8,
    title: "What is missing",
    description: `${modalities.map(described2).join("; ")}.`,
    body: modalities.flatMap((modality, m) => {
      const y = m * row;
      const { fill } = modalityClass(m);
      const cell = width / modality.cells.length;
      return [
        label(shorten(modality.name, Math.floor((width - 110) / 6.6)), {
          class: "il-ink",
          x: 0,
          y: y + 14,
          "font-size": 13
        }),
        label(`${percent(modality.share)} have it`, {
          class: "il-muted",
          x: width,
          y: y + 14,
          "text-anchor": "end",
          "font-size": 12.5
        }),
        element("rect", { class: "il-track", x: 0, y: y + bar.y, width, height: bar.height }),
        ...places.map(
          (place, k) => element(
            "rect",
            { class: fill, ...place, y: y + bar.y, height: bar.height, "fill-opacity": modality.having[k] },
            hover(`${counted(patterns[k], "subject")}: ${percent(modality.having[k])} have ${modality.name}`)
          )
        ),
        element("rect", { class: "il-track", x: 0, y: y + strip.y, width, height: strip.height }),
        ...modality.cells.map(
          ({ share, text }, c) => element(
            "rect",
            {
              class: "il-ink",
              x: c * cell,
              width: Math.max(0.5, cell - 1),
              y: y + strip.y,
              height: strip.height,
              // A few per cent must be seen beside a half.
              "fill-opacity": Math.sqrt(share)
            },
            hover(text)
          )
        )
      ];
    })
  });
}
function described2({ name, share, cells }) {
  const most = cells.reduce((a, b) => b.share > a.share ? b : a);
  return `${percent(share)} have ${name}; of its columns the emptiest is ${most.text}`;
}

// src/report/html/missingness.ts
function missingness(inspection) {
  const map = missingnessMap(inspection);
  if (map === void 0) return [];
  return [
    figure({
      name: "missing",
      svg: missingnessChart(map, 760),
      drawing: "missingness",
      caption: "Bar: all subjects, those with the same modalities side by side, filled where they have it. Strip: its columns, darker for more who have the modality but lack the value. Point at one to read its name."
    }),
    ...patternTable(inspection)
  ];
}
function patternTable({ modalities, patterns, subjects }) {
  if (patterns.length < 2) return [];
  const shown = patterns.slice(0, MAX_PATTERNS);
  const others = patterns.slice(MAX_PATTERNS).reduce((sum, pattern) => sum + pattern.subjects, 0);
  const having = (name) => patterns.reduce((sum, pattern) => sum + (pattern.modalities.includes(name) ? pattern.subjects : 0), 0);
  const share = (of) => [count(of), percent(of / subjects)];
  return [
    table({
      caption: "Who has which modality",
      columns: [
        ...modalities.map(({ name }) => ({ title: name })),
        { title: "Subjects", numeric: true },
        { title: "Share", numeric: true }
      ],
      rows: [
        ...shown.map(({ modalities: has, subjects: of }) => [
          ...modalities.map(
            ({ name }, m) => has.includes(name) ? markup`<span class="dot m${m % 8}"></span>has it` : markup`<span class="muted">–</span>`
          ),
          ...share(of)
        ]),
        ...others > 0 ? [[...modalities.map(() => "other"), ...share(others)]] : [],
        [
          ...modalities.map(({ name }) => markup`<strong>${percent(having(name) / subjects)}</strong>`),
          ...share(subjects)
        ]
      ]
    })
  ];
}

// src/report/html/study.ts
function studySection({ summary, subjects }) {
  const { modalities } = summary.model;
  const names2 = modalities.map(({ name }) => name);
  const inspection = subjects?.inspection;
  const within = summary.config.sparsity.within ? "; latents of one modality may cause one another" : "";
  const question = markup`<p>Which hidden causes lie behind ${listed(names2)}, and which of them act on which? Each
modality has latents of its own (z), tied to those of other modalities by a sparse graph, and private noise (η) that no
other modality shares. An earlier modality may cause a later one, in the order ${names2.join(" \u2192 ")}${within}.</p>
<p>${countsText(subjectCounts(summary))}</p>`;
  return {
    id: "study",
    title: "What was asked, and of whom",
    data: inspection && { subjects: steps(inspection), missingness: missingnessMap(inspection) },
    body: [
      question,
      ...otherSubjects(summary, subjects),
      modalityTable(input(summary, inspection)),
      ...inspection ? joins(inspection) : [],
      ...columnTables(subjects)
    ]
  };
}
function otherSubjects({ fingerprint }, subjects) {
  if (subjects === void 0 || subjects.dataset.fingerprint === fingerprint) return [];
  const { ids } = subjects.dataset;
  return [
    notice(
      markup`<p><strong>These are not the subjects of the fit.</strong> Everything below that is computed from data is
      of ${counted(ids.length, "other subject")}.</p>`
    )
  ];
}
function input(summary, inspection) {
  return summary.model.modalities.map((m) => ({
    ...m,
    columns: valueCount(m.observation),
    report: inspection?.modalities.find(({ name }) => name === m.name)
  }));
}
function modalityTable(lines2) {
  const known = lines2.every(({ report }) => report !== void 0);
  return table({
    caption: "Modalities",
    columns: [
      { title: "Modality" },
      { title: "Columns", numeric: true },
      { title: "Latents z", numeric: true },
      { title: "Private noise \u03B7", numeric: true },
      ...known ? [
        { title: "Subjects", numeric: true },
        { title: "Lack a value", numeric: true }
      ] : []
    ],
    rows: lines2.map(({ name, columns, latents, exogenous, report }, m) => [
      markup`<span class="dot m${m % 8}"></span>${name}`,
      count(columns),
      count(latents),
      count(exogenous),
      ...report ? [count(report.joined), count(report.incomplete)] : []
    ])
  });
}
function steps({ missing, known, shared, subjects, complete }) {
  if (missing === "keep") {
    return [
      { title: "In at least one table", subjects: known },
      { title: "With some value: the subjects of this study", subjects },
      { title: "With every value", subjects: complete }
    ];
  }
  return [
    { title: "In at least one table", subjects: known },
    { title: "In every modality", subjects: shared },
    { title: "With every value: the subjects of this study", subjects }
  ];
}
function joins(inspection) {
  const { modalities } = inspection;
  const missing = modalities.flatMap(({ name, missing: columns }) => columns.map((column2) => ({ modality: name, ...column2 }))).sort((a, b) => b.subjects - a.subjects).slice(0, 12);
  const files = modalities.flatMap(
    ({ name, tables, stacked }) => tables.map((stack, part) => [
      name,
      stack.map(
        ({ file, rows }) => markup`<span class="line">${fileName(file)} <span class="muted">${counted(rows, "row")}</span></span>`
      ),
      count(stacked[part])
    ])
  );
  return [
    figure({
      name: "subjects",
      svg: subjectsChart(steps(inspection), 760),
      drawing: "subjects",
      caption: inspection.missing === "keep" ? "A subject counts with what was observed; what is missing says nothing, and nothing is imputed." : "A subject counts when no column lacks a value; nothing is imputed."
    }),
    ...missingness(inspection),
    ...adjustedFor(inspection),
    ...changes(modalities),
    details("Tables that were read, and what is missing", [
      table({
        caption: "Tables",
        columns: [{ title: "Modality" }, { title: "Files" }, { title: "Subjects", numeric: true }],
        rows: files
      }),
      ...missing.length === 0 ? [] : [
        table({
          caption: inspection.missing === "keep" ? "Columns that most often lack a value, among subjects who have the modality" : "Columns that most often lack a value, among subjects of every modality",
          quiet: false,
          columns: [{ title: "Column" }, { title: "Modality" }, { title: "Subjects", numeric: true }],
          rows: missing.map(({ modality, column: column2, subjects: lacking }) => [column2, modality, count(lacking)])
        })
      ]
    ])
  ];
}
function adjustedFor({ adjusted }) {
  if (!adjusted) return [];
  const lacking = adjusted.lacking > 0 ? ` ${counted(adjusted.lacking, "subject")} without them were left out.` : "";
  return [
    markup`<p>Every measured column is adjusted for ${listed(adjusted.terms.map(covariateText))}. The report is about
what these do not explain in the training subjects.${lacking}</p>`,
    details("When an adjustment misleads", [markup`<p>${ADJUSTMENT_RISKS.join(" ")}</p>`])
  ];
}
function changes(modalities) {
  const found = modalities.flatMap(({ name, filtered: filtered2, few, adjusted }) => [
    ...filtered2 > 0 ? [[name, "rows left out by a range of the study file", filtered2]] : [],
    ...few > 0 ? [[name, "subjects left out for too few rows", few]] : [],
    ...adjusted.flatMap(
      ({ column: column2, filled, below: below2, above }) => [
        [column2, "answers of skipped questions filled in", filled],
        [column2, "values below what could be measured", below2],
        [column2, "values above what could be measured", above]
      ].filter(([, , number2]) => number2 > 0)
    )
  ]);
  if (found.length === 0) return [];
  return [
    details("Rows and values that were left out or changed", [
      table({
        caption: "Rows and values that were left out or changed",
        columns: [{ title: "Where" }, { title: "What" }, { title: "How many", numeric: true }],
        rows: found.map(([where, what, number2]) => [where, what, count(number2)])
      })
    ])
  ];
}
function fileName(path) {
  return path.split(/[\\/]/).at(-1) ?? path;
}
function columnTables(subjects) {
  if (subjects === void 0) return [withoutData("Who the subjects are and how their tables were joined")];
  if (subjects.inspection === void 0) {
    return [notice(markup`<p>The data set was built by a program, not read from a study file.</p>`)];
  }
  const { modalities } = subjects.inspection;
  return [
    details(
      "Every column: range, mean, spread",
      modalities.map(
        ({ name, transform, columns }) => table({
          caption: transform === void 0 ? name : `${name}, after transform: ${transform}`,
          quiet: false,
          columns: ["Column", "Minimum", "Maximum", "Mean", "Standard deviation", "Skewness"].map((title, c) => ({ title, numeric: c > 0 })).concat({ title: "Scale", numeric: false }),
          rows: columns.map(({ transformed, ...column2 }) => {
            const { min, max, mean: mean2, sd, skewness } = transformed ?? column2;
            return [
              columnName(subjects, name, column2.name),
              ...[min, max, mean2, sd, skewness].map((value2) => number(value2)),
              column2.logged ? "logarithm" : transformed ? transform : ""
            ];
          })
        })
      )
    )
  ];
}
function columnName(subjects, modality, column2) {
  const label2 = labelOf(subjects, modality, column2);
  return label2 === column2 ? markup`${column2}` : markup`${label2} <code class="muted">${column2}</code>`;
}

// src/report/html/latents.ts
var SAME_MODALITY = 6;
var MAX_ROWS2 = 300;
function latentsSection(input2, facts) {
  const title = "The latents";
  if (facts === void 0) return { id: "latents", title, body: withoutData("What the latents stand for") };
  const { nodes } = input2.graph;
  return {
    id: "latents",
    title,
    body: [
      markup`<p>A latent stands for the columns that it is made from. Beside each are the columns of its modality
      with the largest rank correlation (Spearman’s ρ, over ${count(facts.correlations.subjects)} subjects).
      ${signMeaning(input2)} A latent’s place in the list and its scale carry no meaning.</p>`,
      markup`<div class="cards">${nodes.map((_, i) => card(input2, facts, i))}</div>`,
      associationsPart(input2, facts),
      certaintyTable(input2, facts),
      correlationTable(input2, facts)
    ]
  };
}
function signMeaning({ graph: { nodes } }) {
  return nodes.some(({ risesWith }) => risesWith) ? "Each latent is turned so that it rises with the column of its modality that it correlates with most among training subjects." : "A latent\u2019s sign carries no meaning: only which columns rise and fall together does.";
}
function card({ graph, summary }, facts, i) {
  const { name, modality, risesWith } = graph.nodes[i];
  const m = summary.model.modalities.findIndex((one) => one.name === modality);
  const usage2 = facts.usage.find(({ entry }) => entry.name === name);
  const looks = facts.regularArrays.find((one) => one.modality === modality);
  const isDeclared = looks?.latents.some((one) => one.name === name && one.shiftInvariant);
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h3><span class="dot m${m % 8}"></span>${name}<span class="aside">${percent(usage2.known)} told by the data</span></h3>
${risesWith ? markup`<p class="muted">Rises with ${labelOf(facts.subjects, risesWith.modality, risesWith.column)}
(ρ ${signedText(risesWith.correlation)} in training).</p>` : void 0}
${isDeclared ? markup`<p class="muted">Declared not to change by shifts, not found so.</p>` : void 0}
${looks ? markup`<p><a href="#looks-${modality}">What it looks like</a></p>` : void 0}
${bars(companions(facts, i, SAME_MODALITY), m)}
${associatedColumns(facts, name)}
${figure({
    name: `distribution ${name}`,
    svg: histogramChart(name, m, usage2.histogram),
    caption: "Distribution over the subjects"
  })}
</article>`;
}
function certaintyTable({ graph, summary }, { subjects: { posterior } }) {
  const rows = graph.nodes.map(({ name, modality, index }) => {
    const { latents } = summary.model.modalities.find((one) => one.name === modality);
    return { name, ...certainty2(posterior[modality], latents, index) };
  });
  const isInferred = rows.some(({ inferred }) => inferred.subjects > 0);
  const sd = (value2) => `${number(value2, 2)}${Number.isFinite(value2) ? " sd" : ""}`;
  return markup`<h3 id="certainty">How sure each latent is</h3>
<p>Typical standard deviation of a subject’s latent, given its values: the median over subjects, in standard deviations
between subjects. Near 0 the values tell the latent, from 1 on they tell hardly anything.
${isInferred ? "Of subjects who lack the modality it is inferred from the others." : void 0}</p>
${table({
    caption: "How sure each latent is",
    columns: [
      { title: "Latent" },
      { title: "Typical sd", numeric: true },
      ...isInferred ? ["Inferred, subjects", "Inferred, typical sd"].map((title) => ({ title, numeric: true })) : []
    ],
    rows: rows.map(({ name, encoded, inferred }) => [
      name,
      sd(encoded.sd),
      ...isInferred ? [count(inferred.subjects), sd(inferred.sd)] : []
    ])
  })}
<p class="muted">As the model says itself, for this fit: how far another fit would place a subject is not in it.</p>`;
}
function bars(list, m) {
  return markup`<ul class="bars">${list.map(({ label: label2, rho }) => {
    const width = Math.round(100 * Math.abs(rho));
    const fill = `fill m${m % 8}${rho < 0 ? " falls" : ""}`;
    return markup`<li><span>${label2}</span><span class="value">${decimals(rho)}</span>
<span class="bar" aria-hidden="true"><span class="${fill}" style="width:${width}%"></span></span></li>`;
  })}</ul>`;
}
function breakable(name) {
  const dot3 = name.lastIndexOf(".") + 1;
  return markup`${name.slice(0, dot3)}<wbr>${name.slice(dot3)}`;
}
function correlationTable(input2, facts) {
  const strongest2 = ({ rho }) => Math.max(...rho.map((one) => Number.isNaN(one) ? 0 : Math.abs(one)));
  const { columns } = facts.correlations;
  const kept = new Set([...columns].sort((a, b) => strongest2(b) - strongest2(a)).slice(0, MAX_ROWS2));
  const omitted = columns.length - kept.size;
  return markup`<details id="correlations">
<summary>Correlation of every column with the latents of its modality</summary>
<form class="controls needs-script" data-controls="correlations"><label>Find a column <input name="find" type="search"
autocomplete="off"></label><span role="status" class="muted" data-found></span></form>
${input2.summary.model.modalities.map(
    ({ name }, m) => heatOf(input2, facts, { name, m, columns: columns.filter((one) => one.modality === name && kept.has(one)) })
  )}
${omitted > 0 ? markup`<p class="muted">${count(omitted)} columns with smaller correlations are left out.</p>` : ""}
</details>`;
}
function heatOf({ graph }, { subjects }, { name, m, columns }) {
  const own = graph.nodes.flatMap((node, i) => node.modality === name ? [{ ...node, i }] : []);
  const dot3 = markup`<span class="dot m${m % 8}"></span>`;
  const cell = (rho) => {
    const size3 = Math.round(42 * Math.abs(rho));
    return markup`<td class="number ${rho < 0 ? "falls" : "rises"}" style="--size:${size3}%">${decimals(rho)}</td>`;
  };
  return markup`<div class="scroll tall" tabindex="0" role="region" aria-label="Correlations of ${name}">
<table class="heat"><caption class="unseen">Spearman’s ρ of every column of ${name} with its latents</caption>
<thead><tr><th scope="col">Column</th>${own.map(
    (node) => markup`<th scope="col" class="number">${dot3}${breakable(node.name)}</th>`
  )}</tr></thead>
<tbody>${columns.map(
    ({ column: column2, rho }) => markup`<tr>
<th scope="row">${dot3}${columnName(subjects, name, column2)}</th>${own.map(({ i }) => cell(rho[i]))}</tr>`
  )}</tbody></table></div>`;
}

// src/report/scale-colours.ts
var FALLS = [47, 127, 214];
var RISES = [224, 99, 43];
var ACTS = [138, 86, 214];
var MIDDLE = [138, 148, 160];
function divergingColour(share) {
  const end = share < 0 ? FALLS : RISES;
  return hex(MIDDLE.map((middle, i) => middle + Math.abs(share) * (end[i] - middle)));
}
function hex(colour) {
  return `#${colour.map((level) => Math.round(level).toString(16).padStart(2, "0")).join("")}`;
}

// src/report/facts/steps-shown.ts
var STEPS_SHOWN = [-2, -1, 0, 1, 2];
function stepText(sds) {
  return sds === 0 ? "mean" : `${signed(sds)} sd`;
}

// src/report/facts/curves.ts
var MAX_POINTS = 160;
function traversalPanels(facts, latent, steps2) {
  const { channels, modality } = facts;
  const positions = positionsOf(facts.regularArray);
  const reach = reachOf(facts.latents.map(({ attribution }) => attribution));
  const answers = STEPS_SHOWN.map((sds) => {
    const values = inChannelUnits(channels, latent.response[steps2.indexOf(sds)]);
    return { sds, name: `${latent.name} at ${stepText(sds)}`, values };
  });
  const most = largestPlace(facts, latent.attribution);
  const change = largestPlace(facts, latent.difference);
  return {
    title: `${modality} as ${latent.name} moves`,
    description: `From \u22122 to +2 sd of ${latent.name} ${change.channel} changes most at ${number(change.seconds)} s, by ${signed(change.value)} sd; the latent acts most on ${most.channel} at ${number(most.seconds)} s.`,
    seconds: secondsOf(facts),
    panels: channels.map(({ label: label2 }, c) => {
      const own = (values) => values.subarray(c * positions, (c + 1) * positions);
      return {
        title: label2,
        curves: answers.map(({ sds, name, values }) => ({
          name,
          values: thinned(own(values)),
          colour: divergingColour(sds / STEPS_SHOWN[STEPS_SHOWN.length - 1]),
          strokeWidth: sds === 0 ? 1.2 : 1.8
        })),
        profile: thinned(own(latent.attribution)).map((value2) => Number(((value2 ?? 0) / (reach || 1)).toFixed(3)))
      };
    })
  };
}
function subjectPanels(facts) {
  const positions = positionsOf(facts.regularArray);
  return {
    title: `${facts.modality} of held-out subjects`,
    description: "What was recorded, what latents and private noises rebuild, and what the latents alone do.",
    seconds: secondsOf(facts),
    panels: facts.shown.flatMap(({ observed, rebuilt: rebuilt2, byLatentsAlone }, k) => {
      const name = `subject ${k + 1}`;
      const kinds2 = [
        { name, values: observed, colour: "ink", strokeWidth: 1 },
        { name: `${name}, rebuilt`, values: rebuilt2, colour: divergingColour(1), strokeWidth: 1.8 },
        { name: `${name}, by latents alone`, values: byLatentsAlone, colour: divergingColour(-1), strokeWidth: 1.8 }
      ];
      return facts.channels.map(({ label: label2 }, c) => ({
        title: `${name} \xB7 ${label2}`,
        curves: kinds2.map(({ values, ...kind }) => ({
          ...kind,
          values: thinned(values.subarray(c * positions, (c + 1) * positions))
        }))
      }));
    })
  };
}
function reachOf(all) {
  let largest = 0;
  for (const values of all) for (const value2 of values) largest = Math.max(largest, Math.abs(value2));
  return largest;
}
function secondsOf({ regularArray }) {
  return regularArray.kind === "series" ? regularArray.steps * regularArray.seconds : 0;
}
function thinned(values) {
  const points = Math.min(MAX_POINTS, values.length);
  return Array.from({ length: points }, (_, k) => {
    const [from, to] = [k, k + 1].map((edge) => Math.round(edge * values.length / points));
    const there = values.subarray(from, to).filter((value2) => !Number.isNaN(value2));
    const mean2 = there.reduce((sum, value2) => sum + value2, 0) / there.length;
    return there.length === 0 ? null : Number(mean2.toPrecision(4));
  });
}

// src/files/png.ts
import { zlibSync } from "fflate";
var SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
var COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 };
var DEPTH = 8;
var PAETH = 4;
function writePng({ width, height: height2, channels, intensities }) {
  const header = new Uint8Array(13);
  const view2 = new DataView(header.buffer);
  view2.setUint32(0, width);
  view2.setUint32(4, height2);
  header.set([DEPTH, COLOUR_TYPES[channels]], 8);
  const rows = filtered(intensities, { height: height2, stride: width * channels, channels });
  const parts = [
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array(0))
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
function filtered(intensities, { height: height2, stride, channels }) {
  const bytes = new Uint8Array(height2 * (stride + 1));
  for (let y = 0; y < height2; y++) {
    const row2 = y * (stride + 1);
    bytes[row2] = PAETH;
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const [hasLeft, hasUp] = [x >= channels, y > 0];
      const left2 = hasLeft ? intensities[at - channels] : 0;
      const up = hasUp ? intensities[at - stride] : 0;
      const corner = hasLeft && hasUp ? intensities[at - stride - channels] : 0;
      bytes[row2 + 1 + x] = intensities[at] - paeth(left2, up, corner);
    }
  }
  return bytes;
}
function paeth(left2, up, corner) {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left2 - corner), Math.abs(left2 + up - 2 * corner)];
  if (a <= b && a <= c) return left2;
  return b <= c ? up : corner;
}
function chunk(type, content) {
  const bytes = new Uint8Array(content.length + 12);
  const view2 = new DataView(bytes.buffer);
  view2.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(content, 8);
  view2.setUint32(content.length + 8, crc32(bytes.subarray(4, content.length + 8)));
  return bytes;
}

// src/report/raster.ts
var MAX_PIXELS = 96;
function photograph(values, channels, extent, range2) {
  const small = averaged(values, channels, extent);
  return raster(small, { channels: drawnChannels(channels), intensities: toIntensities(small.values, channels, range2) });
}
function signedRaster(values, extent, reach) {
  return shaded(averaged(values, 1, extent), (value2) => value2 < 0 ? FALLS : RISES, reach);
}
function unsignedRaster(values, extent, reach) {
  return shaded(averaged(values, 1, extent), () => ACTS, reach);
}
function shaded(small, colourOf, reach) {
  const intensities = new Uint8Array(4 * small.values.length);
  small.values.forEach((value2, at) => {
    const opacity = reach > 0 ? Math.min(1, Math.abs(value2) / reach) : 0;
    intensities.set([...colourOf(value2), Math.round(255 * opacity)], 4 * at);
  });
  return raster(small, { channels: 4, intensities });
}
function raster({ width, height: height2 }, rest) {
  const bytes = writePng({ width, height: height2, ...rest });
  return {
    width,
    height: height2,
    source: `data:image/png;base64,${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`
  };
}
function averaged(values, channels, { height: height2, width }) {
  const side2 = Math.ceil(Math.max(height2, width) / MAX_PIXELS);
  if (side2 === 1) return { values, height: height2, width };
  const [rows, columns] = [Math.ceil(height2 / side2), Math.ceil(width / side2)];
  const [sums, counts] = [new Float64Array(channels * rows * columns), new Uint32Array(channels * rows * columns)];
  values.forEach((value2, at) => {
    if (Number.isNaN(value2)) return;
    const [channel, pixel] = [Math.floor(at / (height2 * width)), at % (height2 * width)];
    const [row2, column2] = [Math.floor(pixel / width / side2), Math.floor(pixel % width / side2)];
    const target = (channel * rows + row2) * columns + column2;
    sums[target] += value2;
    counts[target]++;
  });
  return { values: sums.map((sum, i) => counts[i] === 0 ? NaN : sum / counts[i]), height: rows, width: columns };
}

// src/report/html/image-looks.ts
var MAX_CHANNELS = 3;
function imageLooks(facts, steps2) {
  const { latents } = facts;
  const reach = {
    difference: reachOf(latents.map(({ difference }) => difference)),
    attribution: reachOf(latents.map(({ attribution }) => meanOverChannels(facts, attribution))),
    decoded: decodedRange(facts, steps2)
  };
  return [
    legend2(reach),
    markup`<div class="latent-looks">${latents.map((latent) => latentLook(facts, latent, steps2, reach))}</div>`,
    ...subjectsLook(facts)
  ];
}
function decodedRange({ latents, channels }, steps2) {
  let [low, high] = [Infinity, -Infinity];
  for (const { response } of latents) {
    for (const sds of STEPS_SHOWN) {
      for (const value2 of inChannelUnits(channels, response[steps2.indexOf(sds)])) {
        [low, high] = [Math.min(low, value2), Math.max(high, value2)];
      }
    }
  }
  return [low, high];
}
function latentLook(facts, latent, steps2, reach) {
  const { modality, m, regularArray, channels } = facts;
  const { name, response, difference, attribution, shiftInvariant } = latent;
  const pixels = regularArray.height * regularArray.width;
  const decoded = STEPS_SHOWN.map((sds) => {
    const values = inChannelUnits(channels, response[steps2.indexOf(sds)]);
    const where = sds === 0 ? "its mean" : stepText(sds);
    return {
      raster: photograph(values, channels.length, regularArray, reach.decoded),
      caption: stepText(sds),
      text: `${modality} decoded with ${name} at ${where}, mean over subjects`
    };
  });
  const changes3 = channels.slice(0, MAX_CHANNELS).map(({ label: label2 }, c) => {
    const values = difference.subarray(c * pixels, (c + 1) * pixels);
    const { value: value2, row: row2, column: column2 } = largestPlace({ regularArray, channels: [channels[c]] }, values);
    return {
      raster: signedRaster(values, regularArray, reach.difference),
      caption: channels.length === 1 ? "change" : `change, ${label2}`,
      text: `Change of ${label2} as ${name} goes from \u22122 to +2 sd: largest at row ${row2}, column ${column2}, by ${signed(value2)} sd`
    };
  });
  const acting = meanOverChannels(facts, attribution);
  const most = largestPlace({ regularArray, channels: [channels[0]] }, acting);
  const acts = {
    raster: unsignedRaster(acting, regularArray, reach.attribution),
    caption: "acts here",
    text: `Where ${name} acts: most at row ${most.row}, column ${most.column}, ${number(most.value)} sd per sd`
  };
  const told = shiftInvariant ? markup`<span class="aside">shift-invariant: declared</span>` : void 0;
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h4><span class="dot m${m % 8}"></span>${name}${told}</h4>
<div class="looks-row">${tiles(decoded)}${tiles([...changes3, acts])}</div></article>`;
}
function tiles(list) {
  return markup`<div class="tiles" style="--tiles:${list.length}">${list.map(
    ({ raster: { source, width, height: height2 }, caption, text }) => markup`<figure><img src="${source}" width="${width}" height="${height2}" alt="${text}">
<figcaption>${caption}</figcaption></figure>`
  )}</div>`;
}
function legend2({ difference, attribution }) {
  const [low, high] = [signed(-difference), signed(difference)].map((size3) => `${size3} sd`);
  const acts = `${number(attribution)} sd per sd`;
  return markup`<ul class="legend"><li><span>decoded: means over subjects, from the darkest value to the lightest
of these images</span></li><li><span>change from −2 to +2 sd:</span> <span class="scale">${low}
<span class="ramp" aria-hidden="true" style="--from:${hex(FALLS)};--to:${hex(RISES)}"></span> ${high}</span></li>
<li><span>where it acts, all channels:</span> <span class="scale">0
<span class="ramp one-way" aria-hidden="true" style="--to:${hex(ACTS)}"></span> ${acts}</span></li></ul>`;
}
function subjectsLook({ shown, channels, regularArray, range: range2, modality }) {
  if (shown.length === 0) return [];
  const drawn2 = (values) => photograph(values, channels.length, regularArray, range2);
  const one = (k) => {
    const [name, { observed, rebuilt: rebuilt2, byLatentsAlone }] = [`subject ${k + 1}`, shown[k]];
    return [
      { raster: drawn2(observed), caption: name, text: `${modality} of ${name}, as it is` },
      { raster: drawn2(rebuilt2), caption: "rebuilt", text: `${modality} of ${name}, rebuilt from latents and noises` },
      { raster: drawn2(byLatentsAlone), caption: "latents alone", text: `${modality} of ${name}, by its latents alone` }
    ];
  };
  return [
    details(`${counted(shown.length, "held-out subject")}, each beside what the model rebuilds`, [
      markup`<p>As they are; from latents and private noises; from the latents alone, private noises at their mean.
      These are images of single people: keep this page as you keep them.</p>`,
      markup`<div class="subject-looks">${shown.map((_, k) => tiles(one(k)))}</div>`
    ])
  ];
}

// src/report/charts/panels-chart.ts
var least = 250;
var gap = 26;
var left = 44;
var heading = 24;
var height = 104;
var band = 22;
var below = 40;
function panelsChart({ title, description, seconds, panels }, width) {
  const across = Math.max(1, Math.min(panels.length, Math.floor((width + gap) / (least + gap))));
  const own = (width + gap) / across - gap;
  const hasBand = panels.some(({ profile }) => profile);
  const row2 = heading + height + (hasBand ? band + 8 : 0) + below;
  return pageChart({
    width,
    height: Math.ceil(panels.length / across) * row2,
    title,
    description,
    body: panels.map(
      (panel3, i) => element(
        "g",
        { transform: `translate(${Math.round(i % across * (own + gap))} ${Math.floor(i / across) * row2})` },
        ...panelMarks(panel3, seconds, own)
      )
    )
  });
}
function panelMarks({ title, curves, profile }, seconds, width) {
  const [top, bottom] = [heading, heading + height];
  const time = linearScale([0, seconds], [left, width], 4);
  const scale = linearScale(rangeOf2(curves), [bottom, top], 3);
  const floor = profile ? bottom + 8 + band : bottom;
  return [
    label(shorten(title, 34), { class: "il-ink", x: 0, y: 12, "font-size": 12.5, "font-weight": 600 }),
    ...verticalAxis(scale, left, width),
    ...curves.map((curve2) => curveMark(curve2, (position) => left + position * (width - left), scale.toPixel)),
    ...profile ? [profileMark(profile, { left, width, floor })] : [],
    ...horizontalAxis(time, left, width, floor + 4),
    label("seconds", { class: "il-muted", x: width, y: floor + 34, "text-anchor": "end", "font-size": 11 })
  ];
}
function curveMark({ name, values, colour, strokeWidth }, x, y) {
  const stretches = [];
  values.forEach((value2, i) => {
    if (value2 === null) return;
    if (i === 0 || values[i - 1] === null) stretches.push([]);
    stretches.at(-1).push([x((i + 0.5) / values.length), y(value2)]);
  });
  const path = stretches.map((one) => one.length === 1 ? `${polyline(one)}h0` : polyline(one)).join("");
  const stroke = colour === "ink" ? { class: "il-line il-axis" } : { class: "il-line", stroke: colour };
  return element("path", { ...stroke, d: path, "stroke-width": strokeWidth }, hover(name));
}
function profileMark(profile, { left: from, width, floor }) {
  const points = profile.map((share, i) => [
    from + (i + 0.5) / profile.length * (width - from),
    floor - share * band
  ]);
  const closed = [[points[0][0], floor], ...points, [points[points.length - 1][0], floor]];
  return element("path", { d: `${polyline(closed)}Z`, fill: hex(ACTS), opacity: 0.75 }, hover("where the latent acts"));
}
function rangeOf2(curves) {
  const values = curves.flatMap(({ values: own }) => own.filter((value2) => value2 !== null));
  const [low, high] = values.reduce(
    ([least_, most], value2) => [Math.min(least_, value2), Math.max(most, value2)],
    [Infinity, -Infinity]
  );
  if (low > high) return [0, 1];
  return low === high ? [low - 1, high + 1] : [low, high];
}

// src/report/html/series-looks.ts
var FIRST_WIDTH = 760;
function seriesLooks(facts, steps2) {
  const { latents, shown, modality, m } = facts;
  const moved = latents.map((latent) => {
    return { name: `series-${latent.name}`, panels: traversalPanels(facts, latent, steps2) };
  });
  const people = { name: `series-${modality}-subjects`, panels: subjectPanels(facts) };
  return {
    drawings: shown.length === 0 ? moved : [...moved, people],
    body: [
      legend3(facts),
      ...moved.map((drawing2, k) => {
        const { name, shiftInvariant } = latents[k];
        const told = shiftInvariant ? markup` <span class="aside">shift-invariant: declared</span>` : void 0;
        return markup`<h4><span class="dot m${m % 8}"></span>${name}${told}</h4>${drawn(drawing2)}`;
      }),
      ...shown.length === 0 ? [] : [
        details(`${counted(shown.length, "held-out subject")}, each beside what the model rebuilds`, [
          markup`<p>Grey: what was recorded. Orange: rebuilt from latents and private noises. Blue: from the latents
              alone, private noises at their mean. These are recordings of single people: keep this page as you keep
              them.</p>`,
          drawn(people)
        ])
      ]
    ]
  };
}
function drawn({ name, panels }) {
  return figure({ name, svg: panelsChart(panels, FIRST_WIDTH), drawing: name });
}
function legend3({ latents }) {
  const reach = reachOf(latents.map(({ attribution }) => attribution));
  const last = STEPS_SHOWN[STEPS_SHOWN.length - 1];
  return markup`<ul class="legend"><li><span>the latent at</span> ${STEPS_SHOWN.map(
    (sds) => markup`<span class="step"><span class="stroke" aria-hidden="true"
style="--from:${divergingColour(sds / last)}"></span> ${stepText(sds)}</span> `
  )}</li>
<li><span>band below, when it acts:</span> <span class="scale">up to ${number(reach)} sd per sd
<span class="stroke" aria-hidden="true" style="--from:${hex(ACTS)}"></span></span></li></ul>`;
}

// src/report/html/looks.ts
var FEWEST = 10;
function looksSection({ summary }, facts) {
  if (!summary.columns.some(({ regularArray }) => regularArray)) return void 0;
  const section = { id: "looks", title: "What each latent looks like" };
  if (facts === void 0) return { ...section, body: withoutData("What latents do to images and series") };
  const { examination, showSubjects = false } = facts.subjects;
  const each = facts.regularArrays.map((modality) => ({
    modality,
    ...modality.groups < FEWEST && !showSubjects ? tooFew(modality) : looksOf(modality, examination.steps)
  }));
  return {
    ...section,
    data: { series: each.flatMap(({ drawings }) => drawings) },
    body: [
      markup`<p>One latent moves from −2 to +2 sd, the others and the private noises of every subject stay where they
      are. What is drawn is the decoder’s answer, averaged over up to 256 subjects: means, so what differs from subject
      to subject is blurred in them. Where a latent acts is the size of the decoder’s Jacobian, |∂x/∂z|, by central
      differences at each of these subjects and then averaged: it shows also what changes one way in some subjects and
      the other way in others. Both are in standard deviations of the channel.</p>`,
      each.map(
        ({ modality, body }) => markup`<div class="looks" id="looks-${modality.modality}">
${heading2(modality)}${rebuiltText(modality)}${declared(modality)}${body}</div>`
      ),
      showSubjects ? void 0 : withoutSubjects
    ]
  };
}
function tooFew({ groups, modality }) {
  const who = counted(groups, "subject or group has", "subjects or groups have");
  const text = markup`<p>Only ${who} ${modality}: means over fewer than ${FEWEST} people would show them, so they are
  left out without <code>--subjects</code>.</p>`;
  return { drawings: [], body: [notice(text)] };
}
function looksOf(facts, steps2) {
  return isImages(facts) ? { body: imageLooks(facts, steps2), drawings: [] } : seriesLooks(facts, steps2);
}
function isImages(facts) {
  return facts.regularArray.kind === "image";
}
var withoutSubjects = markup`<p class="muted">Single subjects are not shown: their images and recordings are
personal data. <code>interlatent report RUN --subjects</code> adds some held-out ones, each beside what the model
rebuilds.</p>`;
function heading2({ modality, m, regularArray, channels }) {
  const size3 = regularArray.kind === "image" ? `images of ${regularArray.height} \xD7 ${regularArray.width} pixels` : `series of ${count(regularArray.steps)} steps of ${regularArray.seconds} s`;
  const names2 = listed(channels.map(({ label: label2 }) => label2));
  return markup`<h3><span class="dot m${m % 8}"></span>${modality} <span class="aside">${size3}, ${names2}</span></h3>`;
}
function rebuiltText({ regularArray, rebuilt: rebuilt2 }) {
  const [mean2, what] = regularArray.kind === "image" ? ["mean image", "pixels"] : ["mean series", "samples"];
  const who = rebuilt2.split === "test" ? "held-out subjects" : "validation subjects";
  return markup`<p>Of how ${count(rebuilt2.subjects)} ${who} differ from the ${mean2}, the decoder rebuilds
<strong>${percentText(rebuilt2.byAll)}</strong> of the variance of ${what} from latents and private noises, and
<strong>${percentText(rebuilt2.byLatentsAlone)}</strong> from the latents alone.</p>`;
}
function declared({ regularArray, augment, latents }) {
  const names2 = latents.filter(({ shiftInvariant }) => shiftInvariant).map(({ name }) => name);
  const [were, where] = [names2.length === 1 ? "was" : "were", regularArray.kind === "image" ? "image" : "series"];
  const invariant = markup`<p>${listed(names2)} ${were} declared not to change when the ${where} is shifted
    (<code>shiftInvariant</code>): prior knowledge of the study, not found by the fit.</p>`;
  const changed = markup`<p>In training each ${where} was ${listed(changes2(regularArray, augment))} at random
    (<code>augment</code>): the study declares that its latents say nothing of that.</p>`;
  return [...names2.length > 0 ? [notice(invariant)] : [], ...augment ? [notice(changed)] : []];
}
function changes2({ kind }, { flip, shift, brightness, contrast: contrast2 } = {}) {
  return [
    ...shift ? [`moved by up to ${counted(shift, kind === "image" ? "pixel" : "step")}`] : [],
    ...flip ? ["mirrored"] : [],
    ...brightness ? [`raised or lowered by up to ${String(brightness)} sd`] : [],
    ...contrast2 ? [`multiplied by ${String(1 - contrast2)} to ${String(1 + contrast2)}`] : []
  ];
}

// src/report/html/missing-card.ts
function missingCard({ subjects, summary }) {
  const inspection = subjects?.inspection;
  const warnings = summary.quality.warnings.filter(({ code }) => isOfMissingData(code));
  const text = inspection && missingText(inspection);
  if (text === void 0 && warnings.length === 0) return void 0;
  const list = markup`<ul>${warnings.map((warning) => markup`<li>${warning.text}</li>`)}</ul>`;
  return markup`<div><h2>Missing data</h2><p>${text} <a href="#study">Who lacks what</a></p>
${warnings.length === 0 ? void 0 : details(counted(warnings.length, "warning"), list)}</div>`;
}
function isOfMissingData(code) {
  return code.startsWith("missing") || code === "few-of-modality" || code === "few-in-common";
}
function missingText({ missing, known, shared, subjects, complete, modalities }) {
  if (missing === "drop") {
    const dropped = known - subjects;
    if (dropped === 0) return void 0;
    return `${count(dropped)} of ${counted(known, "subject")} were left out: ${count(known - shared)} lack a modality, and ${count(shared - subjects)} lack a value.`;
  }
  if (complete === subjects) return void 0;
  const lacking = modalities.map(({ name, joined }) => ({ name, share: 1 - joined / subjects })).filter(({ share }) => share > 0);
  const which = lacking.map(({ name, share }) => `${percent(share)} lack ${name}`).join(", ");
  return `${count(subjects - complete)} of ${counted(subjects, "subject")} lack a value or a modality${which === "" ? "" : ` (${which})`}. They take part with what was observed of them.`;
}

// src/report/html/overview.ts
var MAX_MEASURED = 8;
var MAX_MODALITIES = 4;
function overview(input2, facts) {
  const { summary, graph } = input2;
  const { modalities } = summary.model;
  const conclusions = reportConclusions(input2);
  const { counts, links: links3, status } = conclusions;
  const columns = modalities.reduce((sum, m) => sum + valueCount(m.observation), 0);
  const supported = links3.filter(({ verdict }) => verdict === "supported").length;
  const figures = [
    [count(counts.study), "subjects"],
    [count(modalities.length), "modalities"],
    [count(columns), "columns"],
    [count(graph.nodes.length), "latents"],
    [status === "tested" ? count(supported) : "\u2013", `supported link${supported === 1 ? "" : "s"} of the fit`]
  ];
  const [answer, ...rest] = summarySentences(conclusions, input2.discovery);
  return markup`<header class="masthead" id="top">
<p class="kicker">What ${namesOf(modalities)} have in common</p>
<h1>${summary.study}</h1>
<p class="verdict" data-copied>${answer}</p>
<div class="summary"><p data-copied>${rest.map((sentence2) => `${unbroken(sentence2)} `)}</p>
<button type="button" class="quiet needs-script" data-copy>Copy<span class="unseen"> the summary</span></button></div>
<dl class="figures">${figures.map(([value2, name]) => markup`<div><dt>${name}</dt><dd>${value2}</dd></div>`)}</dl>
<p class="muted">${countsText(counts)}</p>
<div class="glance">
${measured(input2, facts)}
${cautions(input2, facts)}
${missingCard(input2)}
</div>
</header>`;
}
function unbroken(sentence2) {
  return sentence2.replaceAll(/\b([pq]) ([<=]) /g, "$1\xA0$2\xA0");
}
function namesOf(modalities) {
  return modalities.length > MAX_MODALITIES ? `${modalities.length} modalities` : listed(modalities.map(({ name }) => name));
}
function measured({ graph, discovery }, facts) {
  const latents = new Set(graph.nodes.map(({ name }) => name));
  const links3 = (discovery?.edges ?? []).filter(({ from, to }) => !latents.has(from) || !latents.has(to));
  if (links3.length === 0) return void 0;
  const share = ({ frequencies }) => frequencies?.adjacent ?? 1;
  const ranked = [...links3].sort((a, b) => share(b) - share(a) || (a.p ?? 1) - (b.p ?? 1));
  const rest = ranked.length - MAX_MEASURED;
  const moreLinks = markup`<a href="#discovery">${counted(rest, "more link")}</a>`;
  const more = rest > 0 ? markup`<p class="after">${moreLinks} of discovery.</p>` : void 0;
  const named = (name) => markup`<span class="latent">${described(graph, name, facts)}</span>`;
  const certainty3 = (edge) => edge.frequencies === void 0 ? `p ${pText(edge.p)}` : `${percent(share(edge))} of half-samples`;
  const size3 = (edge) => {
    const value2 = signedSize(edge);
    if (value2 === void 0) return markup`no sign<span class="words">${certainty3(edge)}</span>`;
    const text = edge.link ? signedText(value2) : `\u03C1 ${signedText(value2)}`;
    return markup`${text}<span class="words">${certainty3(edge)}</span>`;
  };
  return markup`<div><h2>The surest links of what was measured</h2><ol class="findings">${ranked.slice(0, MAX_MEASURED).map(
    (edge) => markup`<li><div>${named(edge.from)}</div><div class="towards">${arrowOf2(edge)}</div>
<div data-towards="${signOf2(edge)}">${named(edge.to)}</div><div class="strength">${size3(edge)}</div></li>`
  )}</ol>${more}</div>`;
}
var ARROWS = {
  "-->": ["\u2192", "acts on"],
  "o->": ["\u2192", "may act on"],
  "<->": ["\u2194", "shares a cause with"]
};
var UNDIRECTED = ["\u2013", "is linked with"];
function signOf2(edge) {
  return (ARROWS[edgeSymbol(edge)] ?? UNDIRECTED)[0];
}
function arrowOf2(edge) {
  const [sign, words] = ARROWS[edgeSymbol(edge)] ?? UNDIRECTED;
  return markup`<span role="img" aria-label="${words}">${sign}</span>`;
}
function cautions(input2, facts) {
  const { graph, summary } = input2;
  const conclusions = reportConclusions(input2);
  const found = [
    ...unproven(conclusions),
    ...identifiability(graph, { ...summary, mechanisms: facts?.mechanisms }).map(({ title }) => ({
      title,
      id: "identifiability"
    })),
    ...facts === void 0 ? [] : [...idle(facts), ...dependent(facts)],
    ...directions(conclusions).map((title) => ({ title, id: conclusions.status === "tested" ? "links" : "evidence" }))
  ];
  return found.length === 0 ? void 0 : markup`<div><h2>To be careful about</h2><ul class="cautions">${found.map(
    ({ title, id }) => markup`<li><a href="#${id}">${title}</a></li>`
  )}</ul></div>`;
}
function directions({ links: links3 }) {
  const supported = links3.filter(({ verdict }) => verdict === "supported");
  const having = (wanted) => supported.filter(({ direction }) => direction.verdict === wanted).length;
  return [
    ...having("assumed") > 0 ? ["Directions that are assumed follow the order in the study file; no test supports them"] : [],
    ...having("undecided") > 0 ? [`Nothing determines the direction of ${counted(having("undecided"), "supported link")}`] : []
  ];
}
function unproven({ status, latents }) {
  if (status !== "tested") return [{ title: "No association between the modalities was tested", id: "evidence" }];
  const lost = latents.filter(({ verdict }) => verdict !== "replicated").length;
  if (lost === 0) return [];
  const title = `${lost} of ${counted(latents.length, "latent")} ${lost === 1 ? "is" : "are"} not replicated alone`;
  return [{ title, id: "replication" }];
}
function idle({ usage: usage2 }) {
  const names2 = usage2.flatMap(({ entry, verdict }) => entry.latent && verdict !== "used" ? [entry.name] : []);
  return names2.length === 0 ? [] : [{ title: `${listed(names2)} ${names2.length === 1 ? "is" : "are"} not used`, id: "usage" }];
}
function dependent({ independence: independence2 }) {
  if (independence2 === void 0) return [];
  const pairs = dependentPairs(independence2);
  const notable = pairs.filter(({ value: value2 }) => isNotable(value2, independence2)).length;
  if (notable === 0) return [];
  const title = `${notable} of ${counted(pairs.length, "pair")} of noises ${notable === 1 ? "depends" : "depend"} on one another: something ties them that the graph lacks`;
  return [{ title, id: "independence" }];
}

// src/report/html/assets.ts
import { readFile } from "node:fs/promises";
import { join } from "node:path";
async function pageAssets() {
  const [script, style] = await Promise.all([asset("report.js"), asset("report.css")]);
  return { script, style };
}
async function asset(name) {
  const path = join(packageRoot, "dist", name);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `${path} is missing from the package; install it again, or in a checkout run: npm run build:ts`;
    throw new InternalError("asset-missing", message, { path }, cause);
  }
}

// src/report/html/page.ts
function policyOf(script) {
  const hash = sha256();
  hash.update(script);
  const digest = hash.digest("base64");
  return `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'; img-src data: blob:; base-uri 'none'; form-action 'none'`;
}
async function page({ title, masthead, sections }) {
  const { script, style } = await pageAssets();
  const { rules: rules2, light: light2, dark: dark2 } = pageStyle();
  const colours = `:root{${light2}color-scheme:light}@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${dark2}color-scheme:dark}}@media screen{:root[data-theme=dark]{${dark2}color-scheme:dark}}`;
  const styleSheets = { light: styleSheet("light"), dark: styleSheet("dark") };
  const data = sections.reduce((all, section) => ({ ...all, ...section.data }), { styleSheets });
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policyOf(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${`interlatent ${version}`}">
<title>${title}</title>
<style>${trusted(colours + rules2 + style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="layout">
<nav aria-label="Contents"><p class="brand">interlatent</p><ol>${sections.map(
    ({ id, title: heading3 }) => markup`<li><a href="#${id}">${heading3}</a></li>`
  )}</ol>
<div class="needs-script theme" role="group" aria-label="Colours">
<button type="button" class="quiet" data-theme-to="auto" aria-pressed="true">Auto</button>
<button type="button" class="quiet" data-theme-to="light" aria-pressed="false">Light</button>
<button type="button" class="quiet" data-theme-to="dark" aria-pressed="false">Dark</button></div></nav>
<main id="content">${masthead}${sections.map(
    ({ id, title: heading3, body, folded }, k) => markup`<section id="${id}" aria-labelledby="${id}-title">
${folded ? foldedBody(headingOf(id, heading3, k), body) : [headingOf(id, heading3, k), body]}</section>`
  )}
<footer><p>Written by interlatent ${version}. The method: Sun et al., <cite>Causal Representation Learning from
Multimodal Biomedical Observations</cite>, ICLR 2025.</p></footer>
</main>
</div>
<script type="application/json" id="report-data">${trusted(embedded(data))}</script>
<script>${trusted(script)}</script>
</body>
</html>
`;
  return document.text;
}
function headingOf(id, heading3, k) {
  return markup`<h2 id="${id}-title"><span class="ordinal" aria-hidden="true">${k + 1}</span>${heading3}</h2>`;
}
function foldedBody(heading3, body) {
  return markup`<details class="fold"><summary>${heading3}</summary>${body}</details>`;
}
function embedded(data) {
  return JSON.stringify(data).replaceAll("<", "\\u003c");
}

// src/report/charts/forest-chart.ts
var axisHeight2 = 42;
var letter2 = 13;
var indent = 28;
var LOWEST = -0.2;
var HIGHEST = 1;
function forestChart({ pairs }, width) {
  const names2 = Math.max(...pairs.map((pair) => textWidth(titleOf(pair), letter2))) + indent + 16;
  const figures = Math.max(...pairs.map((pair) => textWidth(figuresOf(pair), letter2))) + 16;
  const isNarrow = names2 + figures + 220 > width;
  const row2 = isNarrow ? 52 : 34;
  const [left2, right] = isNarrow ? [6, width - 6] : [names2, width - figures];
  const lowest2 = Math.min(LOWEST, ...pairs.map(({ correlation }) => Math.floor(10 * correlation.lower) / 10));
  const scale = linearScale([lowest2, HIGHEST], [left2, right], isNarrow ? 4 : 6);
  const bottom = pairs.length * row2 + 4;
  const zero = scale.toPixel(0);
  const descriptions = pairs.map((pair) => `${titleOf(pair)}: ${describe3(pair)}`);
  return pageChart({
    width,
    height: bottom + axisHeight2,
    title: "How strongly the modalities are associated",
    description: `Correlations of held-out subjects. ${descriptions.join("; ")}.`,
    body: [
      element("line", { class: "il-axis", x1: zero, x2: zero, y1: 0, y2: bottom, "stroke-dasharray": "4 3" }),
      ...pairs.flatMap((pair, k) => {
        const y = k * row2 + (isNarrow ? 38 : row2 / 2);
        return [
          ...textOf(pair, { y: isNarrow ? k * row2 + 18 : y + 4.5, width, room: (isNarrow ? width : left2) - indent }),
          ...intervalOf(pair, y, scale.toPixel)
        ];
      }),
      ...horizontalAxis(scale, left2, right, bottom, tickText),
      label("correlation in held-out subjects, with its 95 % interval", {
        class: "il-muted",
        x: (left2 + right) / 2,
        y: bottom + 36,
        "text-anchor": "middle",
        "font-size": 11.5
      })
    ]
  });
}
function intervalOf(pair, y, toPixel) {
  const { estimate, lower, upper } = pair.correlation;
  const { fill, stroke } = modalityClass(0);
  const [x1, x, x2] = [lower, estimate, upper].map(toPixel);
  const line = { class: pair.associated ? `il-line ${stroke}` : "il-line il-axis", "stroke-width": 2.5 };
  const point = { cx: x, cy: y, r: 5.5, "stroke-width": 2 };
  return [
    element("line", { ...line, x1, x2, y1: y, y2: y }),
    ...[x1, x2].map((end) => element("line", { ...line, x1: end, x2: end, y1: y - 4, y2: y + 4 })),
    element(
      "circle",
      { class: pair.associated ? fill : "il-patch il-axis", ...point },
      hover(`${titleOf(pair)}: ${describe3(pair)}`)
    )
  ];
}
function textOf(pair, { y, width, room }) {
  const title = shorten(titleOf(pair), Math.floor(room / (0.52 * letter2)));
  const ink = pair.associated ? "il-ink" : "il-muted";
  return [
    ...[pair.first, pair.second].map(
      ({ m }, i) => element("circle", { class: modalityClass(m).fill, cx: 5 + 12 * i, cy: y - 4.5, r: 4.5 })
    ),
    label(title, { class: "il-ink", x: indent, y, "font-size": letter2 }),
    label(figuresOf(pair), {
      class: ink,
      x: width,
      y,
      "text-anchor": "end",
      "font-size": letter2,
      "font-weight": pair.associated ? 600 : void 0
    })
  ];
}
function titleOf({ first, second }) {
  return `${first.name} and ${second.name}`;
}
function figuresOf({ correlation: { estimate, lower, upper } }) {
  return `${decimals(estimate)} (${decimals(lower)} to ${decimals(upper)})`;
}
function describe3(pair) {
  return `${figuresOf(pair)}, ${pair.associated ? "associated" : "no association found"}`;
}

// src/report/html/association-figures.ts
async function figuresSection(input2) {
  const conclusions = reportConclusions(input2);
  if (sharingOf(conclusions) !== "associated") return void 0;
  const evidence = chartData(input2, conclusions);
  const links3 = conclusions.links.filter(({ verdict }) => verdict === "supported");
  return {
    id: "figures",
    title: "What is associated, in figures",
    data: { evidence },
    body: [
      figure({
        name: "associations of modalities",
        svg: forestChart(evidence, 760),
        drawing: "evidence",
        caption: "Filled: associated. Hollow: no association was found."
      }),
      links3.length === 0 ? void 0 : await linksFigure(input2, links3)
    ]
  };
}
function chartData({ summary: { model } }, conclusions) {
  const named = (name) => ({ name, m: model.modalities.findIndex((one) => one.name === name) });
  return {
    pairs: testedPairs(conclusions).flatMap(
      ({ first, second, correlation, verdict }) => correlation ? [{ first: named(first), second: named(second), correlation, associated: verdict === "supported" }] : []
    )
  };
}
async function linksFigure({ graph, summary }, links3) {
  const names2 = new Set(links3.flatMap(({ first, second }) => [first, second]));
  const variables = graph.nodes.filter(({ name }) => names2.has(name)).map(({ name, modality }) => ({ name, modality }));
  const graphOfLinks = graphFromEdges(variables, links3.map(edgeOf));
  const edges = graphEdges(graphOfLinks).map((edge) => ({ ...edge, association: sizeOf(edge, links3) }));
  const modalities = summary.model.modalities.map(({ name }) => name);
  return figure({
    name: "supported links",
    svg: await causalGraphSvg(graphOfLinks, edges, { title: "Supported links", theme: "page", modalities, sizes: DIRECT }),
    caption: "Direct links of latents that are supported: + they rise together, \u2212 one falls as the other rises. An arrow is a direction that is supported or assumed; circles: the direction is not known."
  });
}
var DIRECT = "direct correlation, given what explains the association best";
function sizeOf({ from, to }, links3) {
  const link = links3.find(
    ({ first, second }) => first === from && second === to || first === to && second === from
  );
  return link?.direct && Math.max(-1, Math.min(1, link.direct.estimate));
}
function edgeOf({ first, second, direction: { verdict, from, to } }) {
  return verdict === "undecided" || from === void 0 || to === void 0 ? { from: first, to: second, fromMark: CIRCLE, toMark: CIRCLE } : { from, to, fromMark: TAIL, toMark: ARROW };
}

// src/report/html/quality.ts
function qualitySection({ modalities, train, heldOut, warnings }, summary) {
  const shared = sharedInformation(summary);
  const choice = subspacesText(
    summary.subspaces,
    modalities.map(({ name }) => name)
  );
  const sampled = sampledText(summary);
  const who = heldOut.split === "test" ? "held-out subjects" : "validation subjects";
  const numeric2 = (title) => ({ title, numeric: true });
  const methods = modalities.some(({ linear }) => linear.length > 0);
  return {
    id: "quality",
    title: "How good the fit is",
    body: [
      ...warnings.map(({ text, items = [] }) => {
        const list = items.length === 0 ? void 0 : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
        return notice(markup`<p>${text}</p>${list}`, "warning");
      }),
      table({
        caption: "Explained variance",
        columns: [
          { title: "Modality" },
          ...["Own columns, training", "held out", "Others\u2019 columns, training", "held out"].map(numeric2),
          { title: "Best linear method, held out" }
        ],
        rows: modalities.map(({ name, reconstruction: reconstruction2, prediction, linear }, m) => [
          markup`<span class="dot m${m % 8}"></span>${name}`,
          ...[reconstruction2.train, reconstruction2.heldOut, prediction.train, prediction.heldOut].map(percentText),
          linear.length === 0 ? "\u2013" : `${percentText(linear[0].heldOut)}, ${linear[0].method}`
        ])
      }),
      markup`<p class="muted">Shares of one sum of squares over all columns and subjects, about the training means;
      ${count(train)} training subjects, ${count(heldOut.measured ?? heldOut.subjects)} ${who}. Own columns: the
      decoder’s answer to latents and private noises. Others’ columns: a least-squares line from the latents, fitted on
      training subjects and shrunk as validation subjects ask. Linear methods predict the same columns from as many
      numbers, fitted on training subjects alone.</p>`,
      ...choice === void 0 ? [] : [markup`<p>${choice}</p>`],
      ...sampled === void 0 ? [] : [markup`<p>${sampled}</p>`],
      ...shared === void 0 ? [] : [foundByCorrelation(shared)],
      ...methods ? [linearMethods(modalities)] : []
    ]
  };
}
function foundByCorrelation({ nats, subjects }) {
  return markup`<p id="correlation">Latents were found by deep canonical correlation: encoders alone, trained to know of
  the other modalities what can be known. On ${count(subjects)} validation subjects they share
  <strong>${decimals(nats)} nats</strong>, −½ Σ ln(1 − ρ²) over the canonical correlations of functions of the latents;
  0 is nothing. Decoders came last, with the latents fixed: rebuilding well is not what the latents were chosen
  for.</p>`;
}
function linearMethods(modalities) {
  const rows = modalities.flatMap(({ name, prediction, linear }) => [
    [name, "these latents", "", percentText(prediction.train), percentText(prediction.heldOut)],
    ...linear.map(({ method, setting, train, heldOut }) => [
      name,
      method,
      Object.entries(setting).map(([key, value2]) => `${key} ${value2}`).join(", "),
      percentText(train),
      percentText(heldOut)
    ])
  ]);
  return details(`Every linear method, for ${counted(modalities.length, "modality", "modalities")}`, [
    table({
      caption: "Columns of the other modalities, explained",
      columns: [
        { title: "From" },
        { title: "By" },
        { title: "Chosen by cross-validation" },
        { title: "Training", numeric: true },
        { title: "Held out", numeric: true }
      ],
      rows
    })
  ]);
}

// src/report/html/reproduction.ts
function reproductionSection({ summary, command }) {
  const facts = [
    ["interlatent", summary.version],
    ["Node.js", summary.node],
    ["Seed", String(summary.config.seed)],
    ["Data fingerprint (SHA-256)", markup`<code class="break">${summary.fingerprint}</code>`]
  ];
  return {
    id: "reproduction",
    title: "Reproduction",
    body: [
      markup`<p>The same study file, tables, seed, settings and version give the same model to the last bit, on the
      same kind of machine with any number of threads.</p>`,
      ...command === void 0 ? [] : [
        markup`<div class="command"><pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
<button type="button" class="quiet needs-script" data-copy>Copy</button></div>`
      ],
      markup`<dl class="pairs">${facts.map(
        ([name, value2]) => markup`<div><dt>${name}</dt><dd>${value2}</dd></div>`
      )}</dl>`,
      details("All settings", settings(summary))
    ]
  };
}
function settings({ config }) {
  return table({
    caption: "Settings of the fit",
    columns: [{ title: "Setting" }, { title: "Value", numeric: true }],
    rows: flat(config).map(([name, value2]) => [markup`<code>${name}</code>`, value2])
  });
}
function flat(value2, prefix = "") {
  return Object.entries(value2).flatMap(
    ([key, inner]) => typeof inner === "object" && inner !== null ? flat(inner, `${prefix}${key}.`) : [[prefix + key, String(inner)]]
  );
}

// src/report/charts/restarts-chart.ts
function restartsChart({
  values: all,
  measure,
  chosen,
  width
}) {
  const finite = all.flatMap((value2, restart) => value2 === null ? [] : [{ restart, value: value2 }]);
  const values = finite.map(({ value: value2 }) => value2);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin2 = 0.06 * (high - low || 1);
  const x = linearScale([low - margin2, high + margin2], [12, width - 12], Math.max(3, Math.round(width / 110)));
  const y = 36;
  const dots = [...finite].sort((a) => a.restart === chosen ? 1 : -1).flatMap(({ restart, value: value2 }) => {
    const isChosen = restart === chosen;
    const text = `restart ${restart}: ${number(value2, 5)}${isChosen ? ", the best" : ""}`;
    return [
      element(
        "circle",
        {
          class: modalityClass(isChosen ? 0 : 1).fill,
          cx: x.toPixel(value2),
          cy: y,
          r: isChosen ? 8 : 5.5,
          opacity: isChosen ? 1 : 0.65
        },
        hover(text)
      ),
      ...isChosen ? [
        label(`restart ${restart}`, {
          class: "il-ink",
          x: Math.max(24, x.toPixel(value2)),
          y: y - 16,
          "text-anchor": "middle",
          "font-size": 12,
          "font-weight": 600
        })
      ] : []
    ];
  });
  return pageChart({
    width,
    height: 92,
    title: `Each restart's ${measure}`,
    description: finite.map(({ restart, value: value2 }) => `restart ${restart}: ${number(value2, 5)}`).join("; "),
    body: [
      ...dots,
      ...horizontalAxis(x, 0, width, 54),
      label(`${measure}, lower is better`, {
        class: "il-muted",
        x: width / 2,
        y: 88,
        "text-anchor": "middle",
        "font-size": 11.5
      })
    ]
  });
}

// src/report/facts/choices.ts
var MEASURES = {
  "validation-objective": "validation objective",
  "all-subjects": "reconstruction + KL of training and validation subjects"
};
function choiceOf(stage, summary) {
  const { rule, objectives, scores = objectives } = stage;
  return { measure: MEASURES[rule], values: scores, ...outcomeOf(stage, summary) };
}
function outcomeOf({ name, objectives, bestEpochs, chosenRestart }, { stages, subspaces }) {
  const stageNamed = (wanted) => stages.find((stage) => stage.name === wanted);
  const refined = stageNamed("components");
  if (name === "subspaces" && (subspaces?.chosen === "linear" || subspaces?.chosen === "residual")) {
    return { outcome: `replaced by ${subspaces.chosen} subspaces`, isChosen: false };
  }
  if (name === "residual" && subspaces?.chosen !== "residual") {
    return { outcome: `${subspaces?.chosen ?? "other"} subspaces were chosen`, isChosen: false };
  }
  if (name === "subspace-decoders") return { outcome: "one restart for each kind of subspaces", isChosen: false };
  if (name === "exploration" && refined) {
    return { outcome: `the best ${refined.objectives.length} are refined`, isChosen: false };
  }
  if (name === "components" && stageNamed("pruning")) return { outcome: "the best few are pruned", isChosen: false };
  if (name === "pruning" && refined && lowest(refined) < lowest({ objectives })) {
    return { outcome: `refined restart ${refined.chosenRestart} is better and was chosen`, isChosen: false };
  }
  if (name === "polish") {
    return bestEpochs[chosenRestart] < 0 ? { outcome: "no better than its start, which stays", isChosen: false } : { outcome: "better than its start", isChosen: true };
  }
  return { outcome: objectives.length === 1 ? "the only restart" : "chosen", isChosen: true };
}
function lowest({ objectives }) {
  return Math.min(...objectives.map((value2) => value2 ?? Infinity));
}

// src/report/facts/stages.ts
var STAGES = {
  joint: { title: "Joint fit", what: "encoders, decoders, flows and graph, all at once" },
  encoders: { title: "Encoders, tried", what: "several first draws of the encoders; the one that shares most goes on" },
  subspaces: { title: "Subspaces", what: "which part of each modality the others share (Theorem 4.2)" },
  residual: { title: "Subspaces, residual", what: "what a network adds to linear subspaces" },
  "subspace-decoders": {
    title: "Subspaces, decoders",
    what: "from linear subspaces, which stay as they are, back to columns that are not gaussian"
  },
  imputation: {
    title: "Imputation",
    what: "the subspaces of modalities that subjects lack, drawn from what their other modalities say"
  },
  exploration: {
    title: "Components, explored",
    what: "many short starts at the single latents and their graph (Theorem 4.4)"
  },
  components: { title: "Components, refined", what: "the best starts, trained on" },
  pruning: { title: "Pruning", what: "the best four, and each of them without one of its links" },
  polish: { title: "Polish", what: "the whole model once more, from what the stages before it found" },
  decoders: { title: "Decoders", what: "from the latents, which stay as they are, back to what was observed" },
  missing: { title: "Missing latents", what: "what the latents of some modalities say of those of the others" }
};
function stageTitle(name) {
  return STAGES[name]?.title ?? name;
}
function stagePurpose(name) {
  return STAGES[name]?.what ?? "";
}

// src/report/html/restarts.ts
function restartsSection({ summary }) {
  const stages = summary.stages.map((stage) => ({ stage, choice: choiceOf(stage, summary) }));
  return {
    id: "restarts",
    title: "Which restart was chosen, and why",
    data: {
      restarts: stages.map(({ stage, choice: { values, measure } }) => {
        return { stage: stage.name, values, measure, chosen: stage.chosenRestart };
      })
    },
    body: [
      markup`<p>Restarts begin with different random values and may end in different places. Every stage ranks its
      restarts by the rule that it names; lower is better. No true latents and no held-out subject had a say.</p>`,
      ...stages.map(({ stage, choice }) => stageRestarts(stage, choice, stages.length > 1))
    ]
  };
}
function stageRestarts(stage, choice, named) {
  const { name, objectives, chosenRestart, bestEpochs, failures } = stage;
  const { values, measure, isChosen } = choice;
  const best2 = values[chosenRestart] ?? NaN;
  const ended = new Set(failures.map(({ restart }) => restart));
  const others = values === objectives ? [] : ["Validation objective"];
  return markup`${named ? markup`<h3>${stageTitle(name)}</h3>` : void 0}<p>${sentence(stage, choice)}</p>${failures.length > 0 ? notice(
    markup`<p>${counted(failures.length, "restart")} left the finite numbers and ended early: ${failures.map(({ restart, step, tensor }) => `restart ${restart} at step ${step}, first in \u201C${tensor}\u201D`).join("; ")}.</p>`,
    "warning"
  ) : void 0}${objectives.length === 1 ? void 0 : [
    figure({
      name: `restarts ${name}`,
      svg: restartsChart({ values, measure, chosen: chosenRestart, width: 760 }),
      drawing: `restarts-${name}`
    }),
    details(
      "As a table",
      table({
        caption: `Restarts: ${stageTitle(name)}`,
        columns: [
          { title: "Restart" },
          ...[capitalised(measure), "Behind the best", ...others, "Best epoch"].map((title) => {
            return { title, numeric: true };
          }),
          { title: "" }
        ],
        rows: values.map((value2, restart) => [
          String(restart),
          value2 === null ? "\u2013" : number(value2, 5),
          value2 === null ? "\u2013" : restart === chosenRestart ? "" : decimals(value2 - best2, 3),
          ...others.map(() => number(objectives[restart] ?? NaN, 5)),
          value2 === null ? "\u2013" : bestEpochs[restart] < 0 ? "start" : String(bestEpochs[restart] + 1),
          restart === chosenRestart ? markup`<strong>${isChosen ? "chosen" : "best"}</strong>` : ended.has(restart) ? "ended early" : ""
        ])
      }),
      { onPaper: false }
    )
  ]}`;
}
function sentence({ objectives, chosenRestart, bestEpochs }, { measure, values, outcome, isChosen }) {
  const best2 = values[chosenRestart] ?? NaN;
  if (objectives.length === 1) {
    if (!isChosen) return `${capitalised(outcome)}.`;
    return `One restart; its best ${measure} is ${number(best2, 5)}, at epoch ${bestEpochs[chosenRestart] + 1}.`;
  }
  const next = Math.min(
    ...values.flatMap((value2, restart) => value2 === null || restart === chosenRestart ? [] : [value2])
  );
  const behind = Number.isFinite(next) ? `; the next best is ${number(next - best2, 2)} behind` : "";
  const then = isChosen ? "" : ` ${capitalised(outcome)}.`;
  const figures = `${measure}, ${number(best2, 5)}${behind}`;
  return `Restart ${chosenRestart} of ${objectives.length} has the lowest ${figures}.${then}`;
}
function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// src/report/charts/schedule-chart.ts
var band2 = 58;
function scheduleChart({ epochs, learningRate, sparsityWeight, phases: phases2 }, { from, to, width }) {
  const [left2, right] = [48, width - 4];
  const x = linearScale(
    from === to ? [from - 1, to + 1] : [from, to],
    [left2, right],
    Math.max(3, Math.round((right - left2) / 85))
  );
  const inside = epochs.flatMap((epoch, k) => epoch >= from && epoch <= to ? [k] : []);
  const line = (values, title, k) => {
    const max = Math.max(...values, 1e-12);
    const top = 22 + k * (band2 + 22);
    const y = linearScale([0, max], [top + band2, top + 4]);
    return [
      label(title, { class: "il-ink", x: left2, y: top - 8, "font-size": 12 }),
      ...[0, max].flatMap((value2) => [
        element("line", { class: "il-grid", x1: left2, x2: right, y1: y.toPixel(value2), y2: y.toPixel(value2) }),
        label(tickText(Number(value2.toPrecision(2))), {
          class: "il-muted",
          x: left2 - 8,
          y: y.toPixel(value2) + 4,
          "text-anchor": "end",
          "font-size": 11
        })
      ]),
      element("path", {
        class: `il-line ${modalityClass(k).stroke}`,
        "stroke-width": 2,
        d: polyline(inside.map((at) => [x.toPixel(epochs[at]), y.toPixel(values[at])]))
      })
    ];
  };
  const bottom = 22 + 2 * (band2 + 22) - 14;
  const marks = phases2.filter(({ from: start }) => start > from && start <= to).map(
    ({ from: start }) => element("line", {
      class: "il-axis",
      x1: x.toPixel(start),
      x2: x.toPixel(start),
      y1: 10,
      y2: bottom,
      "stroke-dasharray": "2 4"
    })
  );
  const phaseTexts = phases2.map(({ name, from: start, to: end }) => `${name}, epochs ${start} to ${end}`);
  return pageChart({
    width,
    height: bottom + 24,
    title: "Schedule",
    description: `Phases: ${phaseTexts.join("; ")}.`,
    body: [
      ...marks,
      ...line(learningRate, "Learning rate", 0),
      ...line(sparsityWeight, "Weight of the sparsity penalty", 1),
      ...horizontalAxis({ ...x, ticks: x.ticks.filter(Number.isInteger) }, left2, right, bottom)
    ]
  });
}

// src/report/facts/losses.ts
var MAX_POINTS2 = 300;
var TITLES = {
  objective: "Objective",
  reconstruction: "Reconstruction error",
  independence: "Independence (KL)",
  likelihood: "Negative log-likelihood",
  gates: "Open gates",
  jacobian: "Jacobian strengths",
  crossPrediction: "Cross-prediction (warm start)"
};
function lossHistories(history, chosen) {
  const names2 = [...new Set(history.map(({ stage }) => stage))];
  return names2.map(
    (stage) => lossHistory(
      history.filter((metrics) => metrics.stage === stage),
      stage,
      chosen.get(stage) ?? 0
    )
  );
}
function lossHistory(history, stage, chosen) {
  const kept = thinned2(history.length).map((at) => ({ at, metrics: history[at] }));
  const names2 = new Set(
    history.flatMap(({ training, validation }) => [...Object.keys(training), ...Object.keys(validation)])
  );
  names2.delete("loss");
  names2.delete("objective");
  const restarts = Math.max(
    0,
    ...history.flatMap(({ training, validation }) => [training, validation].map(restartsIn))
  );
  const values = (read3) => Array.from(
    { length: restarts },
    (_, restart) => kept.map(({ metrics }) => rounded(read3(metrics)?.[restart] ?? null))
  );
  const term = (name, ofTraining) => ({
    name,
    title: TITLES[name] ?? name,
    training: values(({ training }) => ofTraining(training)),
    validation: values(({ validation }) => validation[name])
  });
  const terms = [term("objective", objective), ...[...names2].map((name) => term(name, (training) => training[name]))];
  return {
    stage,
    title: stageTitle(stage),
    chosen,
    epochs: kept.map(({ at }) => at + 1),
    terms: terms.filter(
      ({ training, validation }) => [...training, ...validation].flat().some((value2) => value2 !== null)
    ),
    learningRate: kept.map(({ metrics }) => metrics.learningRate),
    sparsityWeight: kept.map(({ metrics }) => metrics.sparsityWeight ?? 0),
    phases: phases(history)
  };
}
function lossCurves({ epochs, terms, chosen, names: names2 }, { term, from, to, onlyChosen }) {
  const { training, validation } = terms.find(({ name }) => name === term) ?? terms[0];
  const inside = epochs.flatMap((epoch, k) => epoch >= from && epoch <= to ? [k] : []);
  const pick = (values) => inside.map((k) => values[k] ?? NaN);
  return training.map((values, restart) => ({
    restart,
    name: names2?.[restart],
    epochs: inside.map((k) => epochs[k]),
    training: pick(values),
    validation: pick(validation[restart])
  })).filter(({ restart }) => !onlyChosen || restart === chosen);
}
function objective({ loss, crossPrediction }) {
  return loss?.map((value2, restart) => {
    const extra = crossPrediction?.[restart] ?? 0;
    return value2 === null ? null : value2 - extra;
  });
}
function restartsIn(values) {
  return Math.max(0, ...Object.values(values).map(({ length }) => length));
}
function thinned2(length) {
  const taken = Math.min(length, MAX_POINTS2);
  const step = taken === 1 ? 0 : (length - 1) / (taken - 1);
  return Array.from({ length: taken }, (_, i) => taken === 1 ? length - 1 : Math.round(i * step));
}
function phases(history) {
  const found = [];
  for (const [at, { phase }] of history.entries()) {
    const last = found.at(-1);
    if (last?.name === phase) last.to = at + 1;
    else found.push({ name: phase, from: at + 1, to: at + 1 });
  }
  return found;
}
function rounded(value2) {
  return value2 === null || !Number.isFinite(value2) ? null : Number(value2.toPrecision(5));
}

// src/report/loss-svg.ts
var plotHeight = 254;
var legendLine2 = inset.top + 4;
var legendStep = 20;
var longestName3 = 32;
var kinds = [
  { name: "training", style: modalityClass(1), dash: "5 4" },
  { name: "validation", style: modalityClass(0), dash: void 0 }
];
function lossSvg(curves, options = {}) {
  const { title = "Loss over epochs", theme = "auto", chosen, width = 760 } = options;
  for (const { restart, epochs, training, validation } of curves) {
    if (training.length !== epochs.length || validation.length !== epochs.length) {
      throw new InputError(
        "shape-mismatch",
        `restart ${restart}: ${epochs.length} epochs, ${training.length} training and ${validation.length} validation losses; all three must be of the same length`
      );
    }
  }
  const isCompared = curves.some(({ name }) => name !== void 0);
  const front = isCompared ? void 0 : curves.length === 1 ? curves[0] : curves.find(({ restart }) => restart === chosen);
  const ordered = [...curves.filter((curve2) => curve2 !== front), ...front === void 0 ? [] : [front]];
  const [first, last] = epochRange(curves);
  const key = legend4(isCompared ? namedEntries(curves) : runEntries(curves, chosen), width);
  const frame = frameOf(width, key, front);
  const ticks = Math.max(3, Math.round((frame.right - frame.left) / 85));
  const x = linearScale(first === last ? [first - 1, last + 1] : [first, last], [frame.left, frame.right], ticks);
  const y = lossScale(curves, options, first + (last - first) / 10, frame);
  const wholeEpochs = { ...x, ticks: x.ticks.filter((tick) => Number.isInteger(tick)) };
  return drawing({
    width,
    height: frame.bottom + 36 + inset.bottom,
    title,
    description: describe4(curves, chosen),
    theme,
    body: [
      ...verticalAxis(y, frame.left, frame.right),
      ...horizontalAxis(wholeEpochs, frame.left, frame.right, frame.bottom),
      label("epoch", {
        class: "il-muted",
        x: (frame.left + frame.right) / 2,
        y: frame.bottom + 34,
        "text-anchor": "middle",
        "font-size": 11.5
      }),
      // A nested viewport cuts off what leaves the frame, without an id that could clash in a page.
      element(
        "svg",
        { ...viewport(frame), overflow: "hidden" },
        ...ordered.flatMap(
          (curve2) => lines(curve2, x, y, isCompared ? { named: curves.indexOf(curve2) } : { isStrong: curve2 === front })
        )
      ),
      ...front === void 0 ? [] : best(front, x, y, frame),
      ...key.body
    ]
  });
}
function epochRange(curves) {
  let [first, last] = [Infinity, -Infinity];
  for (const { epochs } of curves) {
    for (let k = 0; k < epochs.length; k++) [first, last] = [Math.min(first, epochs[k]), Math.max(last, epochs[k])];
  }
  if (first > last) {
    throw new InputError("empty-chart", "there is no loss to draw; no restart has finished an epoch");
  }
  return [first, last];
}
function frameOf(width, legend5, front) {
  const [left2, right] = [inset.left + 48, width - inset.right - 4];
  const lines2 = legend5.lines + (front !== void 0 && right - legend5.end < 190 ? 1 : 0);
  const legendEnd = legendLine2 + (lines2 - 1) * legendStep;
  return { left: left2, right, top: legendEnd + 18, bottom: legendEnd + 18 + plotHeight, legendEnd };
}
function viewport(frame) {
  const [x, width, height2] = [frame.left - 4, frame.right - frame.left + 8, frame.bottom - frame.top];
  return { x, y: frame.top, width, height: height2, viewBox: `${x} ${frame.top} ${width} ${height2}` };
}
function lossScale(curves, { chosen, scale }, settled, frame) {
  const all = [];
  const late = [];
  const lateOfChosen = [];
  for (const { restart, epochs, training, validation } of curves) {
    for (let k = 0; k < epochs.length; k++) {
      const values = [training[k], validation[k]].filter(Number.isFinite);
      all.push(...values);
      if (epochs[k] >= settled) late.push(...values);
      if (epochs[k] >= settled && restart === chosen) lateOfChosen.push(...values);
    }
  }
  if (all.length === 0) {
    throw new InputError("empty-chart", "there is no finite loss to draw; every restart ended before its first epoch");
  }
  const sorted = (late.length === 0 ? all : late).sort((a, b) => a - b);
  const usual = sorted[Math.ceil(0.98 * (sorted.length - 1))];
  const low = all.reduce((a, b) => Math.min(a, b));
  const pixels = [frame.bottom, frame.top];
  const log = scale === "log" || scale !== "linear" && low > 0 && usual / low > 30;
  if (log && low <= 0) {
    throw new InputError("invalid-scale", `a logarithmic scale cannot show the loss ${low}; use "linear" or "auto"`);
  }
  const high = lateOfChosen.reduce((a, b) => Math.max(a, b), usual);
  if (log) return logScale([low / 1.1, high * 1.1], pixels);
  const margin2 = 0.06 * (high - low || Math.abs(high) || 1);
  return linearScale([low - margin2, high + margin2], pixels);
}
function lines({ restart, name: title, epochs, ...losses }, x, y, rank) {
  const colour = "named" in rank ? modalityClass(rank.named) : void 0;
  const [opacity, width] = colour ? [1, 1.8] : "isStrong" in rank && rank.isStrong ? [1, 2.2] : [0.35, 1.1];
  return kinds.map(({ name, style: usual, dash }) => {
    const style = colour ?? usual;
    const points = [];
    for (let k = 0; k < epochs.length; k++) {
      const pixel = Math.max(-1e4, Math.min(1e4, y.toPixel(losses[name][k])));
      if (Number.isFinite(losses[name][k])) points.push([x.toPixel(epochs[k]), pixel]);
    }
    const [attributes, tag] = points.length === 1 ? [{ class: style.fill, r: 2.5, cx: points[0][0], cy: points[0][1] }, "circle"] : [{ class: `il-line ${style.stroke}`, d: polyline(points), "stroke-dasharray": dash }, "path"];
    return element(
      tag,
      { ...attributes, opacity, "stroke-width": width },
      hover(`${title ?? `restart ${restart}`}, ${name}`)
    );
  });
}
function best({ epochs, validation }, x, y, frame) {
  const lowest2 = lowestAt(validation);
  if (lowest2 < 0) return [];
  const { fill } = modalityClass(0);
  const text = ` best ${tickText(Number(validation[lowest2].toPrecision(4)))} at epoch ${tickText(epochs[lowest2])}`;
  const [cx, cy] = [x.toPixel(epochs[lowest2]), y.toPixel(validation[lowest2])];
  return [
    ...cy >= frame.top ? [element("circle", { class: `${fill} il-mark`, cx, cy, r: 5 })] : [],
    element(
      "text",
      { class: "il-ink", x: frame.right, y: frame.legendEnd + 4, "text-anchor": "end", "font-size": 12 },
      element("tspan", { class: fill }, "\u25CF"),
      escapeXml(text)
    )
  ];
}
function lowestAt(values) {
  let lowest2 = -1;
  for (let k = 0; k < values.length; k++) {
    if (Number.isFinite(values[k]) && (lowest2 < 0 || values[k] < values[lowest2])) lowest2 = k;
  }
  return lowest2;
}
function runEntries(curves, chosen) {
  return [
    ...kinds.map(({ name, style, dash }) => ({ text: name, class: style.stroke, dash, width: 2.2, opacity: 1 })),
    ...curves.length === 1 || chosen === void 0 ? [] : [
      { text: `restart ${chosen}, chosen`, class: "il-axis", width: 2.2, opacity: 1 },
      { text: "other restarts", class: "il-axis", width: 1.1, opacity: 0.5 }
    ]
  ];
}
function namedEntries(curves) {
  return [
    ...curves.flatMap(
      ({ restart, name = `restart ${restart}`, training, validation }, k) => [training, validation].some((values) => Array.from(values).some(Number.isFinite)) ? [{ text: shorten(name, longestName3), class: modalityClass(k).stroke, width: 2.2, opacity: 1 }] : []
    ),
    ...kinds.map(({ name, dash }) => ({ text: name, class: "il-axis", dash, width: 1.8, opacity: 1 }))
  ];
}
function legend4(entries, width) {
  const left2 = inset.left + 48;
  let [x, line] = [left2, 0];
  const body = entries.flatMap(({ text, class: style, dash, width: weight, opacity }) => {
    const room = 34 + textWidth(text, 12);
    if (x > left2 && x + room > width - inset.right) [x, line] = [left2, line + 1];
    const [start, y] = [x, legendLine2 + line * legendStep];
    x += room + 18;
    return [
      element("path", {
        class: `il-line ${style}`,
        d: polyline([
          [start, y],
          [start + 26, y]
        ]),
        "stroke-dasharray": dash,
        "stroke-width": weight,
        opacity
      }),
      label(text, { class: "il-muted", x: start + 34, y: y + 4, "font-size": 12 })
    ];
  });
  return { body, lines: line + 1, end: x };
}
function describe4(curves, chosen) {
  const texts = curves.map(({ restart, name = `restart ${restart}`, epochs, validation }) => {
    const lowest2 = lowestAt(validation);
    const mark2 = restart === chosen ? " (chosen)" : "";
    if (lowest2 < 0) return `${name}${mark2}: no finite validation loss`;
    return `${name}${mark2}: ${validation[lowest2].toPrecision(5)} at epoch ${epochs[lowest2]}`;
  });
  return `Training and validation loss of ${curves.length} restarts. Lowest validation loss: ${texts.join("; ")}.`;
}

// src/report/html/training.ts
function trainingSection({ summary, history }) {
  const title = "How training went";
  const chosen = new Map(summary.stages.map((stage) => [stage.name, stage.chosenRestart]));
  const losses = lossHistories(history, chosen);
  if (losses.length === 0) {
    return { id: "training", title, body: notice(markup`<p>The RUN folder holds no record of its epochs.</p>`) };
  }
  const shown = losses[0];
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  const best2 = new Map(
    summary.stages.map((stage) => [stage.name, stage.bestEpochs[stage.chosenRestart] + 1])
  );
  const stages = losses.length > 1 ? `, in ${counted(losses.length, "stage")} that build on one another` : "";
  return {
    id: "training",
    title,
    data: { losses },
    body: [
      markup`<p>The fit took ${duration(summary.seconds)}${stages}. Every stage trains its restarts together, as one
      program; restarts differ in their initial values. Lower is better everywhere. <a href="#restarts">The rule that chose
      a restart</a> differs between stages.</p>`,
      table({
        caption: "Stages of the fit",
        columns: [
          { title: "Stage" },
          ...["Restarts", "Epochs", "Time"].map((name) => ({ title: name, numeric: true }))
        ],
        rows: summary.stages.map((stage) => [
          markup`${stageTitle(stage.name)}<span class="words">${stagePurpose(stage.name)}</span>`,
          count(stage.objectives.length),
          count(stage.epochs),
          duration(stage.seconds)
        ])
      }),
      lossControls(losses),
      figure({
        name: "losses",
        svg: lossSvg(lossCurves(shown, { term: shown.terms[0].name, from, to, onlyChosen: false }), {
          title: shown.terms[0].title,
          chosen: shown.chosen,
          theme: "page"
        }),
        drawing: "losses",
        caption: lossCaption
      }),
      figure({
        name: "schedule",
        svg: scheduleChart(shown, { from, to, width: 760 }),
        drawing: "schedule",
        caption: "Dotted lines: where a phase of the schedule begins."
      }),
      details(
        "Losses of the chosen restarts at their best epochs",
        losses.map((stage) => bestValues(stage, best2.get(stage.stage)))
      )
    ]
  };
}
var lossCaption = markup`<span><span class="hint">Drag over the chart, or change the epochs above, to look
closer. </span>The frame fits what comes after the first tenth of the epochs shown.</span>`;
function lossControls(losses) {
  const [{ terms, epochs, chosen }] = losses;
  const chosenIsKnown = chosen >= 0;
  const [from, to] = [epochs[0], epochs[epochs.length - 1]];
  return markup`<form class="controls needs-script" data-controls="losses">
<label${losses.length === 1 ? markup` hidden` : void 0}>Stage <select name="stage">${losses.map(
    ({ stage, title }) => markup`<option value="${stage}">${title}</option>`
  )}</select></label>
<label>Term <select name="term">${terms.map(
    ({ name, title }) => markup`<option value="${name}">${title}</option>`
  )}</select></label>
<label>Scale <select name="scale"><option value="auto">automatic</option><option value="linear">linear</option><option
value="log">logarithmic</option></select></label>
<span class="range"><label>Epochs <input name="from" type="number" min="${from}" max="${to}"
value="${from}"></label><label>to <input name="to" type="number" min="${from}" max="${to}" value="${to}"></label>
<button type="button" class="quiet" data-whole>All epochs</button></span>
${chosenIsKnown ? markup`<label class="tick"><input name="onlyChosen" type="checkbox"> chosen restart</label>` : ""}
</form>`;
}
function bestValues({ title, terms, epochs, chosen }, best2) {
  const k = epochs.reduce(
    (nearest2, epoch, i) => Math.abs(epoch - best2) < Math.abs(epochs[nearest2] - best2) ? i : nearest2,
    0
  );
  return table({
    caption: `${title}: restart ${chosen} at epoch ${epochs[k]}`,
    quiet: false,
    columns: [{ title: "Term" }, { title: "Training", numeric: true }, { title: "Validation", numeric: true }],
    rows: terms.map(({ title: name, training, validation }) => [
      name,
      value(training[chosen]?.[k]),
      value(validation[chosen]?.[k])
    ])
  });
}
function value(loss) {
  return loss === null || loss === void 0 ? "\u2013" : number(loss, 4);
}

// src/report/html/traversals.ts
var FIRST_SHOWN = 14;
var IN_TABLE = 6;
function traversalsSection({ summary }, facts) {
  const title = "What each latent does";
  if (facts === void 0) {
    return { id: "traversals", title, body: withoutData("What each latent does to its columns") };
  }
  const { effects: effects2 } = facts;
  const { steps: steps2 } = facts.subjects.examination;
  const m = effects2.map(({ modality }) => summary.model.modalities.findIndex(({ name }) => name === modality));
  const at = steps2.indexOf(1);
  return {
    id: "traversals",
    title,
    data: { traversals: { effects: effects2, m, steps: steps2, shown: FIRST_SHOWN } },
    body: [
      markup`<p>Move one latent and see the columns of its modality follow, in their own units. The other latents of
      every subject stay where they are; what is shown is the average over subjects. This is what the decoder has
      learnt, not yet the effect of a treatment: causes that the study does not hold act unseen.</p>`,
      latentControls({
        name: "traversals",
        latents: effects2.map(({ name }) => name),
        steps: steps2,
        at,
        step: 0.5,
        more: markup`<label class="tick"><input name="all" type="checkbox"> all columns</label>`
      }),
      figure({
        name: "traversal",
        svg: effectsChart(effectRows(effects2[0], m[0], worthShowing(effects2[0], FIRST_SHOWN)), {
          ...traversalTexts(effects2[0].name, positionText(1)),
          at,
          width: 760
        }),
        drawing: "traversals",
        caption: "Line: the column\u2019s way as the latent goes from \u22122 to +2 sd; ring: its end at +2 sd; dot: now. In brackets the difference from the latent\u2019s mean."
      }),
      details(
        "All latents as a table",
        effects2.map((effect) => effectTable(effect, steps2))
      )
    ]
  };
}
function effectTable({ name, columns }, steps2) {
  const middle = steps2.indexOf(0);
  const last = steps2.length - 1;
  return table({
    caption: name,
    quiet: false,
    columns: [
      { title: "Column" },
      ...["\u22122 sd", "mean", "+2 sd", "change in sd"].map((title) => ({ title, numeric: true }))
    ],
    rows: columns.slice(0, IN_TABLE).map(({ label: label2, value: value2, shift }) => [
      label2,
      ...[0, middle, last].map((step) => number(value2[step])),
      signed(shift[last] - shift[0], decimals)
    ])
  });
}

// src/report/html/report.ts
async function reportHtml(given, facts = subjectFacts(given)) {
  const input2 = { ...given, graph: withDirections(given.graph, given.summary) };
  const { quality } = input2.summary;
  const figures = await figuresSection(input2);
  const looks = looksSection(input2, facts);
  const tested = testedSection(input2, facts);
  const folded = [
    ...tested === void 0 ? [] : [tested],
    latentsSection(input2, facts),
    qualitySection(quality, input2.summary),
    studySection(input2),
    await graphSection(input2, facts),
    ...input2.discovery === void 0 ? [] : [await discoveredSection(input2, input2.discovery, facts)],
    ...looks === void 0 ? [] : [looks],
    traversalsSection(input2, facts),
    interventionsSection(input2),
    trainingSection(input2),
    restartsSection(input2),
    diagnosticsSection(input2, facts),
    reproductionSection(input2)
  ].map((section) => ({ ...section, folded: true }));
  return page({
    title: `${input2.summary.study} \xB7 interlatent`,
    masthead: overview(input2, facts),
    sections: [evidenceSection(input2, facts), ...figures === void 0 ? [] : [figures], ...folded]
  });
}

// src/report/facts/matching.ts
var MAX_SUBJECTS3 = 5e3;
function matchLatents(graph, first, otherGraph, second) {
  const layout2 = modalityLatents(graph);
  if (JSON.stringify(layout2) !== JSON.stringify(modalityLatents(otherGraph))) return void 0;
  const width = graph.nodes.length;
  const rows = first.length / width;
  const subjects = evenly(rows, MAX_SUBJECTS3);
  const samples = (values) => selectRows({ values, rows, columns: width }, subjects);
  const { matching, perLatent } = meanCorrelation(samples(first), samples(second), {
    modalities: layout2.map(({ latents }) => latents)
  }).spearman;
  return Array.from(matching, (j, i) => ({ name: otherGraph.nodes[j].name, correlation: perLatent[i] }));
}

// src/report/html/compared-evidence.ts
function comparedEvidence(runs) {
  const read3 = runs.map((run) => ({ ...run, conclusions: reportConclusions(run) }));
  return {
    id: "evidence",
    title: "What the modalities have in common, run by run",
    body: [
      markup`<dl class="pairs">${read3.map(
        ({ name, conclusions }) => markup`<div><dt>${name}</dt><dd>${headline(conclusions)}</dd></div>`
      )}</dl>`,
      ...read3.some(({ conclusions }) => conclusions.status === "tested") ? [evidenceTable(read3)] : [],
      markup`<p class="muted">Each run was cross-fitted alone. Runs of the same data share what chance put into them:
      the same answer from all of them is no further evidence.</p>`
    ]
  };
}
function evidenceTable(runs) {
  const pairs = new Map(runs.flatMap(({ conclusions }) => conclusions.pairs).map((pair) => [pairName(pair), pair]));
  const counts = [
    ["Direct links that are supported", ({ links: links3 }) => links3.filter((link) => link.verdict === "supported").length],
    ["Edges of the fit that are not supported", ({ links: links3 }) => links3.filter(isUnsupportedEdge).length],
    ["Latents that are replicated", ({ latents }) => latents.filter((one) => one.verdict === "replicated").length]
  ];
  return table({
    caption: "What is associated, run by run",
    columns: [{ title: "Modalities" }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: [
      ...[...pairs].map(([name, pair]) => [name, ...runs.map((run) => pairCell(run, pair))]),
      ...counts.map(([title, read3]) => [
        title,
        ...runs.map(({ conclusions }) => conclusions.status === "tested" ? count(read3(conclusions)) : "\u2013")
      ])
    ]
  });
}
function isUnsupportedEdge({ strength, isFitted }) {
  return strength !== void 0 && !isFitted;
}
function pairName({ first, second }) {
  return [first, second].sort().join(" and ");
}
function pairCell({ conclusions, summary: { model } }, wanted) {
  const isHere = (name) => model.modalities.some((modality) => modality.name === name);
  if (!isHere(wanted.first) || !isHere(wanted.second)) return "\u2013";
  const pair = conclusions.pairs.find((one) => pairName(one) === pairName(wanted));
  if (pair?.corrected === void 0) return markup`<span class="muted">not tested</span>`;
  const p = markup`<span class="words">corrected p ${pText(pair.corrected)}</span>`;
  return pair.verdict === "supported" ? markup`<strong>associated</strong>${p}` : markup`not shown${p}`;
}

// src/report/html/comparison.ts
var SAME = 0.8;
var RUN = { name: "text", summary: { study: "text", fingerprint: "text", stages: [{}] }, history: [{}] };
async function comparisonHtml(given) {
  checkArgument("comparisonHtml: runs", given, [RUN]);
  if (given.length === 0) {
    throw new InputError("invalid-argument", "comparisonHtml: runs is empty; two or more are compared");
  }
  for (const { graph } of given) checkLatentGraph("comparisonHtml", graph);
  const runs = given.map(judged);
  const matches = runs.map((run) => matched(runs[0], run));
  const [{ summary }] = runs;
  const studies = [...new Set(runs.map((run) => run.summary.study))];
  const isSameData = runs.every((run) => run.summary.fingerprint === summary.fingerprint);
  return page({
    title: `${studies.join(", ")} \xB7 ${counted(runs.length, "run")} \xB7 interlatent`,
    masthead: markup`<header class="masthead" id="top">
<p class="kicker">${counted(runs.length, "run")} side by side</p><h1>${studies.join(", ")}</h1>
<p class="lead">${isSameData ? "All of the same data." : "Not all of the same data: compare with care."}
${again(runs, matches)}</p></header>`,
    sections: [
      comparedEvidence(runs),
      settingsSection(runs),
      lossSection(runs),
      latentSection(runs, matches),
      await graphsSection(runs, matches)
    ]
  });
}
function judged(run) {
  const { graph, summary } = run;
  const conclusions = conclusionsOf(graph, summary);
  const shown = shownGraph(withDirections(graph, summary), conclusions);
  return { ...run, graph: shown, hidden: hiddenText(graph, conclusions) };
}
function matched(first, run) {
  if (first.latents === void 0 || run.latents === void 0) return void 0;
  return matchLatents(first.graph, first.latents, run.graph, run.latents);
}
function again([first, ...others], matches) {
  const known = matches.slice(1).filter((match) => match !== void 0);
  if (known.length < others.length) return "";
  const { nodes, edges } = first.graph;
  const same = new Set(
    nodes.filter((_, i) => known.every((match) => match[i].correlation >= SAME)).map(({ name }) => name)
  );
  const otherLinks = others.map(({ graph }, r) => linksOf(inNamesOf(first.graph, graph, known[r])));
  const links3 = edges.filter(
    (edge) => same.has(edge.from) && same.has(edge.to) && otherLinks.every((links4) => links4.has(linkName(edge)))
  ).length;
  return `Of ${first.name}\u2019s ${counted(nodes.length, "latent")}, ${count(same.size)} came out of every run (|\u03C1| \u2265 ${SAME}); of its ${counted(edges.length, "link")}, ${count(links3)}.`;
}
function inNamesOf(first, graph, match) {
  const names2 = new Map(match.map(({ name }, i) => [name, first.nodes[i].name]));
  const edges = graph.edges.map((edge) => ({ ...edge, from: names2.get(edge.from), to: names2.get(edge.to) }));
  return { ...graph, nodes: first.nodes, edges };
}
function linkName({ from, to }) {
  return [from, to].sort().join(" \u2013 ");
}
function linksOf({ edges }) {
  return new Map(edges.map((edge) => [linkName(edge), edge.strength]));
}
function settingsSection(runs) {
  const last = ({ summary: { stages } }) => stages[stages.length - 1];
  const rows = [
    ["Subjects that trained", ({ summary }) => count(summary.subjects.train)],
    ["Fit", ({ summary }) => summary.config.fit],
    [
      "Validation objective of the last stage",
      (run) => number(last(run).objectives[last(run).chosenRestart] ?? NaN, 5)
    ],
    ["Time", ({ summary }) => duration(summary.seconds)],
    ["Links between modalities", ({ graph }) => count(crossEdges(graph).length)],
    ["Links within modalities", ({ graph }) => count(graph.edges.length - crossEdges(graph).length)],
    [
      "Mean agreement of restarts on a latent",
      ({ summary }) => decimals(summary.agreement.reduce((a, b) => a + b / summary.agreement.length, 0))
    ],
    ["interlatent", ({ summary }) => summary.version]
  ];
  const settings2 = runs.map(({ summary: { config, model, fingerprint } }) => {
    const latents = model.modalities.map((m) => [`${m.name}.latents`, String(m.latents)]);
    return new Map([["data", fingerprint.slice(0, 12)], ...latents, ...flat(config)]);
  });
  const keys = [...new Set(settings2.flatMap((ofRun) => [...ofRun.keys()]))];
  const different = keys.filter((key) => new Set(settings2.map((ofRun) => ofRun.get(key))).size > 1);
  const columns = (title) => [{ title }, ...runs.map(({ name }) => ({ title: name, numeric: true }))];
  return {
    id: "settings",
    title: "What the runs were told, and where they ended",
    body: [
      table({
        caption: "Results",
        columns: columns("Result"),
        rows: rows.map(([title, read3]) => [title, ...runs.map(read3)])
      }),
      different.length === 0 ? markup`<p>The settings are the same.</p>` : table({
        caption: "Settings that differ",
        quiet: false,
        columns: columns("Setting"),
        rows: different.map((key) => [
          markup`<code>${key}</code>`,
          ...settings2.map((ofRun) => ofRun.get(key) ?? "\u2013")
        ])
      }),
      markup`<p class="muted">Objectives compare only between runs of the same data and the same weights of the
      terms. ${AGREEMENT}</p>`
    ]
  };
}
function lossSection(runs) {
  const losses = joinedLosses(runs);
  const title = "How training went";
  if (losses.length === 0) {
    return { id: "training", title, body: notice(markup`<p>The runs have no stage in common.</p>`) };
  }
  const [shown] = losses;
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  return {
    id: "training",
    title,
    data: { losses },
    body: [
      markup`<p>Of each fit the restart that was chosen, by stage.</p>`,
      lossControls(losses),
      figure({
        name: "losses",
        svg: lossSvg(lossCurves(shown, { term: shown.terms[0].name, from, to, onlyChosen: false }), {
          title: shown.terms[0].title,
          theme: "page"
        }),
        drawing: "losses",
        caption: lossCaption
      })
    ]
  };
}
function joinedLosses(runs) {
  const ofRuns = runs.map(
    ({ history, summary }) => lossHistories(history, new Map(summary.stages.map((stage) => [stage.name, stage.chosenRestart])))
  );
  const stages = [...new Set(ofRuns.flatMap((histories) => histories.map(({ stage }) => stage)))];
  const names2 = runs.map(({ name }) => name);
  return stages.map((stage) => {
    const found = ofRuns.map((histories) => histories.find((history) => history.stage === stage));
    const epochs = [...new Set(found.flatMap((history) => history?.epochs ?? []))].sort((a, b) => a - b);
    const terms = [
      ...new Map(found.flatMap((history) => history?.terms ?? []).map(({ name, title }) => [name, title]))
    ];
    const curve2 = (name, kind) => found.map((history) => {
      const values = history?.terms.find((term) => term.name === name)?.[kind][history.chosen];
      const byEpoch = new Map(history?.epochs.map((epoch, k) => [epoch, values?.[k] ?? null]));
      return epochs.map((epoch) => byEpoch.get(epoch) ?? null);
    });
    return {
      stage,
      title: stageTitle(stage),
      chosen: -1,
      names: names2,
      epochs,
      terms: terms.map(([name, title]) => ({
        name,
        title,
        training: curve2(name, "training"),
        validation: curve2(name, "validation")
      })),
      learningRate: [],
      sparsityWeight: [],
      phases: []
    };
  });
}
function latentSection(runs, matches) {
  const title = "Which latents are the same";
  const [first, ...others] = runs;
  if (matches.slice(1).every((match) => match === void 0)) {
    return {
      id: "latents",
      title,
      body: notice(
        markup`<p>Latents of different runs can be matched only on the same subjects, and between runs of the same
        modalities with equally many latents. Give the study’s data with <code>--study FILE</code>.</p>`
      )
    };
  }
  return {
    id: "latents",
    title,
    body: [
      markup`<p>Each latent of ${first.name} beside its match in the others, with |Spearman’s ρ| over the same
      subjects. Near 1 is the same latent; order and sign are free. Grey, below ${SAME}: not the same latent.</p>`,
      table({
        caption: "Matched latents",
        columns: [{ title: first.name }, ...others.map(({ name }) => ({ title: name, numeric: true }))],
        rows: first.graph.nodes.map(({ name }, i) => [
          name,
          ...matches.slice(1).map((match) => match === void 0 ? "\u2013" : matchText(match[i]))
        ])
      })
    ]
  };
}
function matchText({ name, correlation }) {
  const muted = correlation < SAME ? markup` class="muted"` : void 0;
  return markup`<span${muted}>${name}  ${decimals(correlation)}</span>`;
}
async function graphsSection(runs, matches) {
  const [first, ...others] = runs;
  const graphs = runs.map(({ graph }, r) => matches[r] ? inNamesOf(first.graph, graph, matches[r]) : graph);
  const drawings = [];
  for (const [r, run] of runs.entries()) {
    const { name } = run;
    const svg = await graphSvg(graphs[r], { title: `Causal graph of ${name}`, theme: "page" });
    const ownNames = r > 0 && matches[r] === void 0 ? ["Names are its own. "] : [];
    const conclusions = conclusionsOf(run.graph, run.summary);
    const untested = conclusions.status === "tested" ? [] : [headline(conclusions)];
    const caption = [...ownNames, ...untested, ...run.hidden === void 0 ? [] : [run.hidden]];
    drawings.push(markup`<div><h3>${name}</h3>${figure({ name: `graph ${name}`, svg, caption })}</div>`);
  }
  const names2 = others.some((_, r) => matches[r + 1] !== void 0) ? markup`<p>Latents bear the names of those of ${first.name} that they match.</p>` : void 0;
  return {
    id: "graph",
    title: "The graphs",
    body: [names2, linkTable2(runs, graphs), markup`<div class="together">${drawings}</div>`]
  };
}
function linkTable2(runs, graphs) {
  const strengths = graphs.map(linksOf);
  const links3 = [...new Set(strengths.flatMap((ofRun) => [...ofRun.keys()]))];
  const total = (link) => strengths.reduce((sum, ofRun) => sum + (ofRun.get(link) ?? 0), 0);
  links3.sort((a, b) => total(b) - total(a));
  return table({
    caption: "Strength of the links that are shown",
    columns: [{ title: "Link" }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: links3.map((link) => [
      link,
      ...strengths.map((ofRun) => ofRun.has(link) ? decimals(ofRun.get(link), 3) : "\u2013")
    ])
  });
}

// src/report/html/discovery.ts
function readDiscovery(text, source = "graph") {
  const discovery = discoveryFromJson(text, source);
  if (discovery === void 0) {
    throw new InputError(
      "invalid-graph",
      `${source} is the graph of a fit's latents, which the report has already; give a file that interlatent discover --out wrote.`,
      { source }
    );
  }
  const edges = graphEdges(discovery.graph).map((edge) => {
    const same = discovery.edges.find(({ from, to }) => from === edge.from && to === edge.to);
    if (same !== void 0) {
      const { p: p2, association: association2, link: link2, frequencies: frequencies2, intervals: intervals2 } = same;
      return { ...edge, p: p2, association: association2, link: link2, frequencies: frequencies2, intervals: intervals2 };
    }
    const { p, association, link, frequencies, intervals } = discovery.edges.find(
      ({ from, to }) => from === edge.to && to === edge.from
    );
    return { ...edge, p, association, link, frequencies: frequencies && reversed(frequencies), intervals };
  });
  return { ...discovery, edges };
}
function reversed(frequencies) {
  return { ...frequencies, forward: frequencies.backward, backward: frequencies.forward };
}

// src/report/null-svg.ts
var size2 = { width: 520, row: 46 };
var names = 150;
var MAX2 = 12;
function nullSvg({ pairs, refits, alpha }, { title = "What modalities share, and what chance gives", theme = "auto" } = {}) {
  const strength = (p) => Math.min(MAX2, -Math.log10(Math.max(p, Number.MIN_VALUE)));
  const largest = Math.max(3, ...pairs.flatMap((pair) => [pair.observed, ...pair.refits].map(strength)));
  const x = linearScale([0, largest], [0, size2.width], 6);
  const height2 = pairs.length * size2.row;
  const rows = pairs.flatMap(({ first, second, observed, refits: ps, p }, row2) => {
    const y = (row2 + 0.5) * size2.row;
    return [
      label(`${first} \u2013 ${second}`, { class: "il-ink", x: -12, y: y + 4, "text-anchor": "end", "font-size": 12 }),
      ...ps.map(
        (one, i) => element(
          "circle",
          { class: "il-muted", cx: x.toPixel(strength(one)), cy: y - 6 + 3 * (i % 5), r: 2.5, opacity: 0.5 },
          hover(`refit ${i + 1}: p ${one.toPrecision(2)}`)
        )
      ),
      element(
        "circle",
        { class: modalityClass(0).fill, cx: x.toPixel(strength(observed)), cy: y, r: 6 },
        hover(`the study: p ${observed.toPrecision(2)}, by permutation ${p.toPrecision(2)}`)
      )
    ];
  });
  const listed2 = pairs.map(({ first, second, p }) => `${first}, ${second}: p ${p.toPrecision(2)}`).join("; ");
  return drawing({
    width: inset.left + names + size2.width + inset.right + 10,
    height: inset.top + height2 + 44 + inset.bottom,
    title,
    description: `\u2212log\u2081\u2080 p of the cross-fit for every pair of modalities: the study (large) among ${refits} refits with subjects in another order (small). ${listed2}.`,
    theme,
    body: [
      element(
        "g",
        { transform: `translate(${short(inset.left + names)} ${short(inset.top)})` },
        ...horizontalAxis(x, 0, size2.width, height2),
        element("path", {
          class: "il-axis",
          d: `M${short(x.toPixel(-Math.log10(alpha)))} 0V${height2}`,
          "stroke-dasharray": "3 3"
        }),
        ...rows,
        label("\u2212log\u2081\u2080 p (dashed: 5 %)", {
          class: "il-muted",
          x: size2.width / 2,
          y: height2 + 34,
          "text-anchor": "middle",
          "font-size": 11
        })
      )
    ]
  });
}

// src/report/selection-svg.ts
var side = { width: 210, height: 150 };
var gap2 = { x: 56, y: 74 };
var tickWidth = 34;
var panelHeading = 40;
var maxColumns = 4;
var longestName4 = 26;
var SELECTION = { modalities: [{ name: "text", candidates: [{ predicted: "number" }] }] };
function selectionSvg(selection, options = {}) {
  checkArgument("selectionSvg: selection", selection, SELECTION);
  checkOptions("selectionSvg", options, SVG_OPTIONS);
  const { modalities } = selection;
  const { title = "How many latents?", theme = "auto" } = options;
  checkOneOf("theme", theme, THEMES);
  const rows = Math.ceil(modalities.length / maxColumns);
  const columns = Math.ceil(modalities.length / rows);
  const max = Math.max(...modalities.flatMap(({ candidates }) => candidates.map(({ predicted }) => predicted)), 0.01);
  const panels = modalities.map((modality, m) => {
    const left2 = inset.left + tickWidth + m % columns * (side.width + gap2.x);
    const top = inset.top + panelHeading + Math.floor(m / columns) * (side.height + gap2.y);
    return element(
      "g",
      { transform: `translate(${short(left2)} ${short(top)})` },
      ...panel2(modality, 105 * max, modalityClass(m))
    );
  });
  const recommendations = modalities.map(({ name, recommended }) => `${name}: ${recommended}`).join(", ");
  return drawing({
    width: inset.left + tickWidth + columns * side.width + (columns - 1) * gap2.x + inset.right + 6,
    height: inset.top + panelHeading + rows * side.height + (rows - 1) * gap2.y + 36 + inset.bottom,
    title,
    description: `Share of the other modalities' variance predicted from 1, 2, \u2026 latents of each modality, on held-out subjects. Recommended: ${recommendations}.`,
    theme,
    body: panels
  });
}
function panel2({ name, recommended, verdict, candidates }, max, { fill, stroke }) {
  const last = candidates.length;
  const x = linearScale([0, last], [0, side.width], last);
  const y = linearScale([0, max], [side.height, 0], 4);
  const points = candidates.map(({ latents, predicted }) => [x.toPixel(latents), y.toPixel(100 * predicted)]);
  const note = {
    found: `${recommended} recommended`,
    "largest-tried": `at least ${recommended}`,
    "nothing-shared": "none"
  };
  return [
    label(shorten(name, longestName4), { class: "il-ink", x: 0, y: -22, "font-size": 13, "font-weight": 600 }),
    label(`predicted of the others, %: ${note[verdict]}`, { class: "il-muted", x: 0, y: -7, "font-size": 11 }),
    ...verticalAxis(y, 0, side.width),
    ...horizontalAxis({ ...x, ticks: x.ticks.filter(Number.isInteger) }, 0, side.width, side.height),
    label("latents", {
      class: "il-muted",
      x: side.width / 2,
      y: side.height + 33,
      "text-anchor": "middle",
      "font-size": 11
    }),
    element("path", {
      class: "il-axis",
      d: `M${short(x.toPixel(recommended))} 0V${side.height}`,
      "stroke-dasharray": "3 3"
    }),
    element("path", {
      class: `il-line ${stroke}`,
      "stroke-width": 2,
      d: polyline([[x.toPixel(0), y.toPixel(0)], ...points])
    }),
    ...candidates.map((candidate) => mark(candidate, x, y, { fill, stroke }))
  ];
}
function mark({ latents, predicted, error, standardError, counts }, x, y, { fill, stroke }) {
  const nothing = error / (1 - predicted);
  const spread = 100 * standardError / nothing;
  const at = x.toPixel(latents);
  return element(
    "g",
    {},
    hover(`${latents}: ${(100 * predicted).toFixed(1)} % \xB1 ${spread.toFixed(1)}${counts ? "" : ", unused"}`),
    element("path", {
      class: `il-line ${stroke}`,
      d: `M${short(at)} ${short(y.toPixel(100 * predicted - spread))}V${short(y.toPixel(100 * predicted + spread))}`
    }),
    element("circle", {
      class: counts ? `${fill} il-mark` : `il-patch ${stroke}`,
      cx: at,
      cy: y.toPixel(100 * predicted),
      r: counts ? 5 : 3.5
    })
  );
}

export {
  arrowOf,
  element,
  label,
  hover,
  short,
  polyline,
  shorten,
  inset,
  drawing,
  modalityClass,
  graphSvg,
  causalGraphSvg,
  examineSubjects,
  drawnChannels,
  toIntensities,
  observedInChannelUnits,
  arrayFigures,
  sharedInformation,
  associationTests,
  subjectFacts,
  AGREEMENT,
  choiceOf,
  edgeStatus,
  shownGraph,
  hiddenText,
  mixtures,
  halfSampling,
  linearScale,
  tickText,
  horizontalAxis,
  comparisonHtml,
  readDiscovery,
  writePng,
  reportHtml,
  nullSvg,
  selectionSvg
};
