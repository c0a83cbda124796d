// Background knowledge: forbidden edges, required edges, and an order of tiers. No edge leads from a later tier to an
// earlier one. An entry is a variable, a modality (all of its variables), or a prefix of names followed by `*`.

import * as z from 'zod';
import { InputError } from '../../../errors/errors.js';
import { didYouMean } from '../../../errors/suggestion.js';
import type { Variable } from '../causal-graph.js';
import type { Context } from '../independence/independence.js';
import { allowedByTime, type RepeatedMeasures } from './repeated-measures.js';

const pair = z.tuple([z.string(), z.string()]);
/** Schema of the entry `repeated`. */
export const repeatedSchema = z.strictObject({
  visits: z
    .array(z.string())
    .min(2)
    .describe('Patterns of the columns of each visit, earliest first. `*` stands for the variable.'),
  maxLag: z
    .int()
    .min(0)
    .optional()
    .describe('Maximum number of visits from a cause to its effect. Default: no maximum.'),
  withinVisit: z
    .boolean()
    .optional()
    .describe('True if variables of the same visit may cause each other. Default: `true`.'),
});
const schema = z.strictObject({
  tiers: z.array(z.array(z.string())).optional(),
  forbidden: z.array(pair).optional(),
  required: z.array(pair).optional(),
  repeated: repeatedSchema.optional(),
});

export interface BackgroundKnowledge {
  /** Lists of variables, causes first. A variable in no tier is unrestricted. */
  readonly tiers?: readonly (readonly string[])[];
  /** [from, to]: no edge from → to. Both directions together forbid the edge. */
  readonly forbidden?: readonly (readonly [string, string])[];
  /** [from, to]: the edge from → to exists regardless of the tests. */
  readonly required?: readonly (readonly [string, string])[];
  /** Columns of the same variables at several visits. */
  readonly repeated?: RepeatedMeasures;
}

/** Background knowledge in terms of positions of variables. */
export interface CompiledKnowledge {
  /** True if the edge i → j may exist. */
  allows(i: number, j: number): boolean;
  /** True unless both directions are forbidden. Tiers and time exclude only causation, not a common cause. */
  allowsCommonCause(i: number, j: number): boolean;
  requires(i: number, j: number): boolean;
  /** True if i marks an environment: nothing causes it, and it has no common cause with other variables. */
  isContext(i: number): boolean;
  readonly isEmpty: boolean;
}

export const NO_KNOWLEDGE: CompiledKnowledge = {
  allows: () => true,
  allowsCommonCause: () => true,
  requires: () => false,
  isContext: () => false,
  isEmpty: true,
};

/**
 * Returns the knowledge in an object, for example one read from a YAML file.
 * @param source name of the object in messages, for example a path
 * @throws InputError `invalid-knowledge`
 */
export function parseKnowledge(value: unknown, source = 'background knowledge'): BackgroundKnowledge {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    'invalid-knowledge',
    `${source}: ${issue.message}${issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`}. It has the keys ` +
      'tiers (lists of names, causes first), forbidden and required (lists of [from, to]), and repeated (visits, ' +
      'maxLag, withinVisit)',
  );
}

/**
 * @param contexts variables that mark environments
 * @throws InputError `invalid-knowledge`, `unknown-variable`, `contradictory-knowledge`
 */
export function compileKnowledge(
  variables: readonly Variable[],
  knowledge: BackgroundKnowledge = {},
  contexts: readonly Context[] = [],
): CompiledKnowledge {
  const { tiers = [], forbidden = [], required = [], repeated } = parseKnowledge(knowledge);
  const size = variables.length;
  const banned = new Uint8Array(size * size);
  const unrelated = new Uint8Array(size * size);
  const needed = new Uint8Array(size * size);
  const tierOf = tiersOf(variables, tiers);
  const isContext = (i: number): boolean => contexts.some(({ position }) => position === i);
  const isInTime = repeated && allowedByTime(variables, repeated);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (tierOf[i] > tierOf[j] || (i !== j && isInTime?.(i, j) === false)) banned[i * size + j] = 1;
    }
  }
  const each = (pairs: readonly (readonly [string, string])[], into: Uint8Array) => {
    for (const [from, to] of pairs) {
      for (const i of matching(variables, from)) {
        for (const j of matching(variables, to)) if (i !== j) into[i * size + j] = 1;
      }
    }
  };
  each(forbidden, unrelated);
  unrelated.forEach((isForbidden, at) => {
    if (isForbidden === 1) banned[at] = 1;
  });
  for (const { position, targets } of contexts) {
    for (let j = 0; j < size; j++) {
      banned[j * size + position] = 1;
      if (targets?.includes(j)) needed[position * size + j] = 1;
      else if (targets || isContext(j)) banned[position * size + j] = 1;
    }
  }
  each(required, needed);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (needed[i * size + j] === 0) continue;
      const edge = `${variables[i].name} → ${variables[j].name}`;
      if (banned[i * size + j] === 1) {
        throw new InputError(
          'contradictory-knowledge',
          `${edge} is required, but it is also forbidden or contradicts the tiers or the order in time`,
        );
      }
      if (reaches(needed, size, j, i)) {
        throw new InputError('contradictory-knowledge', `${edge} closes a cycle of required edges`);
      }
    }
  }
  return {
    allows: (i, j) => banned[i * size + j] === 0 && needed[j * size + i] === 0,
    allowsCommonCause: (i, j) =>
      !isContext(i) && !isContext(j) && (unrelated[i * size + j] === 0 || unrelated[j * size + i] === 0),
    isContext,
    requires: (i, j) => needed[i * size + j] === 1,
    isEmpty: !banned.includes(1) && !needed.includes(1),
  };
}

/** Returns the tier of each variable; NaN, which compares false, if it has none. */
function tiersOf(variables: readonly Variable[], tiers: readonly (readonly string[])[]): Float64Array {
  const tierOf = new Float64Array(variables.length).fill(NaN);
  for (const [tier, entries] of tiers.entries()) {
    for (const i of entries.flatMap((entry) => matching(variables, entry))) {
      if (tierOf[i] >= 0 && tierOf[i] !== tier) {
        throw new InputError(
          'contradictory-knowledge',
          `${variables[i].name} is in tier ${tierOf[i] + 1} and in tier ${tier + 1}`,
        );
      }
      tierOf[i] = tier;
    }
  }
  return tierOf;
}

function matching(variables: readonly Variable[], entry: string): number[] {
  const isMatch = entry.endsWith('*')
    ? ({ name }: Variable) => name.startsWith(entry.slice(0, -1))
    : ({ name, modality }: Variable) => name === entry || modality === entry;
  const result = variables.flatMap((variable, i) => (isMatch(variable) ? [i] : []));
  if (result.length > 0) return result;
  const names = new Set(
    variables.flatMap(({ name, modality }) => (modality === undefined ? [name] : [name, modality])),
  );
  throw new InputError(
    'unknown-variable',
    `background knowledge names '${entry}', which is neither a variable nor a modality${didYouMean(entry, names)}`,
  );
}

function reaches(edges: Uint8Array, size: number, from: number, to: number): boolean {
  const seen = new Set<number>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    for (let next = 0; next < size; next++) if (edges[node * size + next] === 1) open.push(next);
  }
  return false;
}
