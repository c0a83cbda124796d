// Translates the preparation of values before a network reads them to operators: levels, transforms, logarithms,
// batches, covariates, limits, standardisation (data/column-values.ts, data/standardise.ts). It computes in double
// precision, like the original.

import type { ColumnScale, CovariateTerm, ModalityScales, Transform } from '../data/dataset.js';
import { columnOf, isCount, isMeasured, isSize } from '../data/kinds.js';
import { storedInKind } from '../data/link.js';
import { splineConstants } from '../data/natural-spline.js';
import { positionsOf, sizesOf, valuesPerSubject } from '../data/regular-array.js';
import { columnsRead } from '../data/transform.js';
import { kindNamed } from '../likelihoods/kinds.js';
import type { Arithmetic, KindLink } from '../likelihoods/kind.js';
import { SUBJECTS, type GraphBuilder, type Port } from './tensor-graph.js';
import { cannotExport } from './translation.js';

/** A column of an input, described for the caller of the exported model. */
export interface InputColumn {
  readonly name: string;
  /** Levels of the column. The input contains their positions, from 0. */
  readonly levels?: readonly string[] | undefined;
  /** True for covariates and batches, which are not columns of the modality. */
  readonly covariate?: true;
}

export interface PreparedInput {
  readonly port: Port;
  readonly columns: readonly InputColumn[];
  /** Name of the standardised values, `[subjects, values]`, float32, NaN for missing ones. */
  readonly values: string;
}

/**
 * Adds the input of a modality and its preparation to the graph.
 * @throws InputError `cannot-export` for the transform `rank`
 */
export function preparedInput(scales: ModalityScales, graph: GraphBuilder): PreparedInput {
  return scales.regularArray ? preparedArray(scales, graph) : preparedTable(scales, graph);
}

/**
 * Prepares images `[subjects, channels, height, width]` or series `[subjects, channels, steps]` in single precision.
 */
function preparedArray(scales: ModalityScales, graph: GraphBuilder): PreparedInput {
  const { name, columns } = scales;
  const regularArray = scales.regularArray!;
  const port: Port = { name, type: 'float32', shape: [SUBJECTS, columns.length, ...sizesOf(regularArray)] };
  const channels = graph.reshape(graph.input(port), [-1, columns.length, positionsOf(regularArray)]);
  const perChannel = (value: (column: ColumnScale) => number): string =>
    graph.tensor({ shape: [columns.length, 1], data: Float32Array.from(columns, value) });
  const centred = graph.add('Sub', [channels, perChannel(({ mean }) => mean)]);
  const values = graph.add('Mul', [centred, perChannel(({ sd }) => 1 / sd)]);
  return {
    port,
    columns: columns.map((column) => ({ name: column.name })),
    values: graph.reshape(values, [-1, valuesPerSubject(scales)]),
  };
}

function preparedTable(scales: ModalityScales, graph: GraphBuilder): PreparedInput {
  const { name, columns, batches, covariates = [], levels = {} } = scales;
  const read = columnsRead(scales);
  const inputs: InputColumn[] = [
    ...read.map((column) => ({ name: column, ...(Object.hasOwn(levels, column) && { levels: levels[column] }) })),
    ...covariateInputs(covariates).map((covariate) => ({ name: covariate, covariate: true as const })),
    ...batchInputs(batches).map((batch) => ({ name: batch, covariate: true as const })),
  ];
  const port: Port = { name, type: 'float64', shape: [SUBJECTS, inputs.length] };
  const table = new Columns(graph, graph.input(port), read);
  const source = table.withSizes(columns);
  let values = table.of(source, columns);
  values = levelValues(graph, values, columns);
  values = transformed(graph, values, { scales, table, raw: port.name });
  const logged = columns.map(({ log }) => log);
  if (logged.includes(true)) {
    const moved = graph.add('Add', [values, graph.doubles(columns.map(({ offset }) => offset))]);
    values = graph.add('Where', [mask(graph, logged), graph.add('Log', [moved]), values]);
  }
  values = linkedValues(graph, values, columns);
  const firstBatch = inputs.length - batchInputs(batches).length;
  if (batches) {
    // Indicators of all batches are 0 for a subject of an average batch.
    const indicators = graph.slice(port.name, 1, firstBatch, inputs.length);
    const perBatch = (value: (column: ColumnScale, batch: number) => number): string => {
      const table = batches.levels.flatMap((_, batch) => columns.map((column) => value(column, batch)));
      return graph.add('MatMul', [indicators, graph.doubles(table, [batches.levels.length, columns.length])]);
    };
    const moved = graph.add('Sub', [values, perBatch((column, batch) => column.batches?.offsets[batch] ?? 0)]);
    const stretched = perBatch((column, batch) => (column.batches?.factors?.[batch] ?? 1) - 1);
    values = graph.add('Div', [moved, graph.add('Add', [stretched, graph.doubles([1])])]);
  }
  if (covariates.length > 0) {
    const ofCovariates = graph.slice(port.name, 1, read.length, firstBatch);
    const centred = graph.add('Sub', [
      covariateTerms(graph, ofCovariates, covariates),
      graph.doubles(covariates.map(({ mean }) => mean)),
    ]);
    const terms = graph.add('Div', [centred, graph.doubles(covariates.map(({ sd }) => sd))]);
    const slopes = covariates.flatMap((_, term) => columns.map((column) => column.slopes?.[term] ?? 0));
    const effect = graph.add('MatMul', [terms, graph.doubles(slopes, [covariates.length, columns.length])]);
    values = graph.add('Sub', [values, effect]);
  }
  if (columns.some(({ limits }) => limits)) {
    const lower = graph.doubles(columns.map(({ limits }) => limits?.lower ?? -Infinity));
    const upper = graph.doubles(columns.map(({ limits }) => limits?.upper ?? Infinity));
    values = graph.add('Where', [graph.add('Less', [values, lower]), lower, values]);
    values = graph.add('Where', [graph.add('Greater', [values, upper]), upper, values]);
  }
  const centred = graph.add('Sub', [values, graph.doubles(columns.map(({ mean }) => mean))]);
  const scaled = graph.add('Div', [centred, graph.doubles(columns.map(({ sd }) => sd))]);
  return { port, columns: inputs, values: graph.cast(scaled, 'float32') };
}

/** Returns the names of the inputs of batches: one for each, 1 for its subjects. */
function batchInputs(batches: ModalityScales['batches']): string[] {
  return batches?.levels.map((level) => `${batches.column}=${level}`) ?? [];
}

/**
 * Returns the names of the inputs of covariates: one for each level, and one for each numeric covariate, however many
 * terms it has.
 */
function covariateInputs(covariates: readonly CovariateTerm[]): string[] {
  return [...new Set(covariates.map(inputName))];
}

function inputName({ column, level }: CovariateTerm): string {
  return level === undefined ? column : `${column}=${level}`;
}

/**
 * Returns the terms of covariates, not standardised.
 * @param inputs `[subjects, inputs]`
 * @returns `[subjects, terms]`
 */
function covariateTerms(graph: GraphBuilder, inputs: string, covariates: readonly CovariateTerm[]): string {
  const names = covariateInputs(covariates);
  const positions = covariates.map((term) => names.indexOf(inputName(term)));
  const values = graph.add('Gather', [inputs, graph.integers(positions)], { axis: 1 });
  const isCurved = covariates.map(({ spline }) => spline !== undefined);
  if (!isCurved.includes(true)) return values;
  const flat = { from: 0, before: 0, last: 0, ratio: 0, scale: 0, slope: 0 };
  const constants = covariates.map(({ spline }) => (spline ? splineConstants(spline) : flat));
  const of = (key: keyof typeof flat): string => graph.doubles(constants.map((term) => term[key]));
  const positive = (difference: string): string => {
    const zero = graph.doubles([0]);
    return graph.add('Where', [graph.add('Less', [difference, zero]), zero, difference]);
  };
  const last = of('last');
  const inside = graph.add('Where', [graph.add('Greater', [values, last]), last, values]);
  const cube = (knot: string): string => {
    const beyond = positive(graph.add('Sub', [inside, knot]));
    return graph.add('Mul', [beyond, graph.add('Mul', [beyond, beyond])]);
  };
  const cubes = graph.add('Sub', [cube(of('from')), graph.add('Mul', [of('ratio'), cube(of('before'))])]);
  const outside = graph.add('Mul', [of('slope'), positive(graph.add('Sub', [values, last]))]);
  const curved = graph.add('Add', [graph.add('Mul', [cubes, of('scale')]), outside]);
  return graph.add('Where', [mask(graph, isCurved), curved, values]);
}

/** Access to the columns of a table, `[subjects, columns]`. */
class Columns {
  readonly #graph: GraphBuilder;
  readonly #table: string;
  readonly #names: readonly string[];

  constructor(graph: GraphBuilder, table: string, names: readonly string[]) {
    this.#graph = graph;
    this.#table = table;
    this.#names = names;
  }

  /** Returns the named columns in this order. */
  named(names: readonly string[]): string {
    return this.#gathered(
      this.#table,
      names.map((name) => this.#names.indexOf(name)),
    );
  }

  /** Returns the table with a further last column: the size to which counts are relative, see `data/size.ts`. */
  withSizes(columns: readonly ColumnScale[]): string {
    const size = columns.find(({ kind }) => isSize(kind));
    if (size === undefined) return this.#table;
    const graph = this.#graph;
    const counts = columns.filter(({ kind }) => isCount(kind));
    const values = this.named(counts.map(({ name }) => name));
    const isMissing = graph.add('IsNaN', [values]);
    const zero = graph.doubles([0]);
    const total = (of: string): string =>
      graph.add('ReduceSum', [graph.add('Where', [isMissing, zero, of]), graph.integers([1])], { keepdims: 1 });
    const ordinary = total(graph.doubles(counts.map(({ mean }) => Math.expm1(mean))));
    const counted = total(values);
    const minimum = graph.doubles([0.5]);
    const bounded = graph.add('Where', [graph.add('Less', [counted, minimum]), minimum, counted]);
    const share = size.total ? graph.add('Div', [bounded, ordinary]) : this.named([size.name]);
    const known = graph.add('Where', [graph.add('Greater', [ordinary, zero]), share, graph.doubles([NaN])]);
    return graph.concat([this.#table, known], 1);
  }

  /**
   * Returns, for every scale, the column that it scales.
   * @param table result of `withSizes`
   */
  of(table: string, columns: readonly ColumnScale[]): string {
    // The size is the last column, after columns and covariates.
    const at = (scale: ColumnScale): number => (isSize(scale.kind) ? -1 : this.#names.indexOf(columnOf(scale)));
    return this.#gathered(table, columns.map(at));
  }

  #gathered(table: string, positions: readonly number[]): string {
    return this.#graph.add('Gather', [table, this.#graph.integers(positions)], { axis: 1 });
  }
}

/** Replaces numbers by the links of their kinds, except logarithms, which are in the scales. */
function linkedValues(graph: GraphBuilder, values: string, columns: readonly ColumnScale[]): string {
  const links = columns.map(({ kind }) => storedInKind(kind));
  const arithmetic: Arithmetic<string> = {
    number: (value) => graph.doubles([value]),
    log: (value) => graph.add('Log', [value]),
    subtract: (value, subtrahend) => graph.add('Sub', [value, subtrahend]),
    divide: (value, divisor) => graph.add('Div', [value, divisor]),
  };
  return [...new Set(links)]
    .filter((link): link is KindLink => link !== undefined)
    .reduce((all, link) => {
      const isLinked = links.map((one) => one === link);
      // Numbers of other columns may be outside the domain of the link; the result of `Where` does not contain them.
      return graph.add('Where', [mask(graph, isLinked), link.exported(all, arithmetic), all]);
    }, values);
}

/** Replaces values of columns of levels by 1 if the level is equal or reached, else 0. NaN remains. */
function levelValues(graph: GraphBuilder, values: string, columns: readonly ColumnScale[]): string {
  const isLevel = columns.map(({ level }) => level !== undefined);
  if (!isLevel.includes(true)) return values;
  const levels = graph.doubles(columns.map(({ level }) => level ?? 0));
  const isCompared = columns.map(({ kind, level }) => {
    const row = kindNamed(kind);
    return level !== undefined && row.form === 'levels' && row.coding.sign === '>=';
  });
  const reached = graph.cast(graph.add('GreaterOrEqual', [values, levels]), 'float64');
  const equal = graph.cast(graph.add('Equal', [values, levels]), 'float64');
  const indicator = isCompared.includes(true) ? graph.add('Where', [mask(graph, isCompared), reached, equal]) : equal;
  const known = graph.add('Where', [graph.add('IsNaN', [values]), values, indicator]);
  return graph.add('Where', [mask(graph, isLevel), known, values]);
}

interface Transformed {
  readonly scales: ModalityScales;
  readonly table: Columns;
  readonly raw: string;
}

function transformed(graph: GraphBuilder, values: string, { scales, table }: Transformed): string {
  const { transform, columns } = scales;
  if (!transform) return values;
  const isTransformed = columns.map(({ kind }) => isMeasured(kind));
  return graph.add('Where', [mask(graph, isTransformed), applied(graph, values, transform, table), values]);
}

function applied(graph: GraphBuilder, values: string, transform: Transform, table: Columns): string {
  const number = (value: number): string => graph.doubles([value]);
  const sumOf = (of: string): string => graph.add('ReduceSum', [of, graph.integers([1])], { keepdims: 1 });
  switch (transform.kind) {
    case 'log1p':
      return graph.add('Log', [graph.add('Add', [values, number(1)])]);
    case 'arcsinh': {
      // Computed from the absolute value: for negative values, a difference of nearly equal numbers would lose digits.
      const scaled = graph.add('Div', [values, number(transform.cofactor)]);
      const size = graph.add('Abs', [scaled]);
      const root = graph.add('Sqrt', [graph.add('Add', [graph.add('Mul', [size, size]), number(1)])]);
      return graph.add('Mul', [graph.add('Sign', [scaled]), graph.add('Log', [graph.add('Add', [size, root])])]);
    }
    case 'cpm': {
      const total = sumOf(table.named(transform.over));
      const prior = graph.add('Mul', [total, number(2 / transform.meanTotal)]);
      const all = graph.add('Add', [total, graph.add('Mul', [prior, number(2)])]);
      const share = graph.add('Div', [graph.add('Add', [values, prior]), all]);
      return graph.add('Mul', [graph.add('Log', [graph.add('Mul', [share, number(1e6)])]), number(Math.LOG2E)]);
    }
    case 'clr': {
      const logarithm = (of: string): string =>
        graph.add('Log', [graph.add('Where', [graph.add('Equal', [of, number(0)]), number(transform.zero), of])]);
      const centre = graph.add('Div', [sumOf(logarithm(table.named(transform.over))), number(transform.over.length)]);
      return graph.add('Sub', [logarithm(values), centre]);
    }
    case 'rank':
      throw cannotExport(
        'the transform rank needs a normal quantile, which ONNX does not have; use arcsinh, which is similar',
      );
  }
}

function mask(graph: GraphBuilder, flags: readonly boolean[]): string {
  return graph.cast(graph.doubles(flags.map(Number)), 'bool');
}
