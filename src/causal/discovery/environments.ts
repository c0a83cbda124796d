// Environments of the rows: conditions, arms, knock-outs, sites. A level of one column names the environment of a row.
// The targets of a level are the columns whose mechanisms it changes, if they are known.

import { checkArgument, checkOptions, type OptionShapes } from '../../errors/argument.js';
import { InputError } from '../../errors/errors.js';
import { didYouMean } from '../../errors/suggestion.js';
import {
  ARROW,
  CIRCLE,
  copyGraph,
  neighbours,
  setEdge,
  TAIL,
  type CausalGraph,
  type Variable,
} from './causal-graph.js';
import type { DataColumn } from './columns.js';

export interface Environments {
  /** Name of the column, for the names of the context variables; `environment` when left out. */
  readonly name?: string;
  /** The level of each row. */
  readonly levels: readonly string[];
  /** The level without an intervention, with which `pc` and `fci` compare all other levels. */
  readonly reference?: string | undefined;
  /** Names of the columns that a level changes. Left out for a level whose targets are unknown. */
  readonly targets?: Readonly<Record<string, readonly string[]>>;
  /**
   * True if the levels were assigned, for example drawn at random or chosen by an experimenter. Otherwise the graph
   * states associations with the environments, not effects.
   */
  readonly assigned?: boolean;
}

const SHAPES: OptionShapes<Environments> = {
  name: 'text',
  levels: ['text'],
  reference: 'text',
  targets: {},
  assigned: 'boolean',
};

/** One level, in terms of positions. */
export interface Environment {
  readonly level: string;
  /** Positions of its rows, ascending. */
  readonly rows: Int32Array;
  /** Positions of the columns that it changes; undefined if they are unknown. */
  readonly targets: readonly number[] | undefined;
  readonly isReference: boolean;
}

export interface CompiledEnvironments {
  readonly name: string;
  readonly assigned: boolean;
  /** In the order of their first rows; the reference comes first. */
  readonly environments: readonly Environment[];
}

/** Minimum number of rows of an environment. */
const MIN_ROWS = 2;

/**
 * Checks and compiles environments.
 * @throws InputError `invalid-environments`, `unknown-option`, `invalid-argument`
 */
export function compileEnvironments(columns: readonly DataColumn[], options: Environments): CompiledEnvironments {
  checkOptions('environments', options, SHAPES);
  checkArgument('environments.levels', options.levels, SHAPES.levels);
  const { name = 'environment', levels, reference, targets = {}, assigned = false } = options;
  const rows = columns[0].values.length;
  if (levels.length !== rows) {
    throw refused(`levels has ${levels.length} elements; it needs one for each of the ${rows} rows`);
  }
  const rowsOf = new Map<string, number[]>();
  for (const [row, level] of levels.entries()) {
    if (level === '') throw refused(`row ${row + 1} has no level of '${name}': complete it, or leave the row out`);
    const members = rowsOf.get(level);
    if (members) members.push(row);
    else rowsOf.set(level, [row]);
  }
  const known = (level: string, use: string) => {
    if (rowsOf.has(level)) return;
    throw refused(
      `${use} '${level}' is not a level of '${name}'${didYouMean(level, rowsOf.keys())}: it has ` +
        [...rowsOf.keys()].join(', '),
    );
  };
  if (reference !== undefined) known(reference, 'the reference');
  for (const level of Object.keys(targets)) known(level, 'the level of targets');
  const order = [...rowsOf.keys()].sort((a, b) => Number(b === reference) - Number(a === reference));
  const environments = order.map((level) => {
    const members = rowsOf.get(level)!;
    if (members.length < MIN_ROWS) {
      throw refused(`the level '${level}' of '${name}' has only one row: leave it out`);
    }
    const isReference = level === reference;
    const names = Object.hasOwn(targets, level) ? targets[level] : isReference ? [] : undefined;
    if (isReference && names !== undefined && names.length > 0) {
      throw refused(`the reference '${level}' has the targets ${names.join(', ')}: name a level without targets`);
    }
    return { level, rows: Int32Array.from(members), targets: names && positionsOf(columns, level, names), isReference };
  });
  return { name, assigned, environments };
}

function positionsOf(columns: readonly DataColumn[], level: string, names: readonly string[]): number[] {
  return names.map((name) => {
    const at = columns.findIndex((column) => column.name === name);
    if (at >= 0) return at;
    const suggestion = didYouMean(
      name,
      columns.map((column) => column.name),
    );
    throw refused(`the target '${name}' of '${level}' is not a column of the search${suggestion}`);
  });
}

/**
 * Returns the context variable of every level except the reference: 1 in its rows, 0 in those of the reference, and
 * missing in all other rows. A test of a context therefore compares two environments.
 * @throws InputError `invalid-environments` if there is no reference, or no other level
 */
export function contextColumns(compiled: CompiledEnvironments, rows: number): DataColumn[] {
  const { environments } = compiled;
  const [reference, ...compared] = environments;
  if (!reference.isReference) {
    const counts = environments.map(({ level, rows: { length } }) => `${level} (${length} rows)`).join(', ');
    throw refused(`pc and fci need a reference level, with which they compare the others. There are ${counts}`);
  }
  if (compared.length === 0) throw refused(`'${compiled.name}' has only the level '${reference.level}'`);
  return contextVariables(compiled).map((variable, i) => {
    const values = new Float64Array(rows).fill(NaN);
    for (const row of reference.rows) values[row] = 0;
    for (const row of compared[i].rows) values[row] = 1;
    return { ...variable, values, kind: 'binary' };
  });
}

/** Returns the variables of the contexts, named `<column>=<level>`. */
export function contextVariables({ name, assigned, environments }: CompiledEnvironments): Variable[] {
  return environments.slice(1).map(({ level }) => ({
    name: `${name}=${level}`,
    context: assigned ? 'assigned' : 'observed',
  }));
}

/** A level of the environments in a result. */
export interface DescribedEnvironment {
  readonly level: string;
  readonly rows: number;
  /** The columns that it changes: those that the user states, or those that its context points to. */
  readonly targets: readonly string[];
  /** True if the user states the targets. */
  readonly isKnown: boolean;
}

export interface DescribedEnvironments {
  readonly name: string;
  readonly reference?: string | undefined;
  readonly assigned: boolean;
  /** In the order of their first rows; the reference comes first. */
  readonly levels: readonly DescribedEnvironment[];
}

/** Returns the environments with the targets that are known, or that the contexts of the graph point to. */
export function describeEnvironments(
  columns: readonly DataColumn[],
  compiled: CompiledEnvironments,
  graph: CausalGraph,
): DescribedEnvironments {
  const { name, assigned, environments } = compiled;
  return {
    name,
    reference: environments.find(({ isReference }) => isReference)?.level,
    assigned,
    levels: environments.map(({ level, rows, targets }, i) => ({
      level,
      rows: rows.length,
      // The context of a level is at its position among the levels without the reference.
      targets: (targets ?? neighbours(graph, columns.length + i - 1)).map((at) => columns[at].name),
      isKnown: targets !== undefined,
    })),
  };
}

/**
 * Returns the graph with the marks of contexts: an arrowhead at the column; at the context a tail if the environments
 * were assigned, otherwise a circle, because environment and column may have a common cause.
 */
export function withContextMarks(graph: CausalGraph): CausalGraph {
  const marked = copyGraph(graph);
  for (const [i, { context }] of graph.variables.entries()) {
    if (context === undefined) continue;
    for (const j of neighbours(graph, i)) setEdge(marked, i, j, context === 'assigned' ? TAIL : CIRCLE, ARROW);
  }
  return marked;
}

/** @param reason place, cause, and remedy */
export function refused(reason: string): InputError {
  return new InputError('invalid-environments', `environments: ${reason}`);
}
