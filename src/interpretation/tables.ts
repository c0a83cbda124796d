// All result tables. Each is loaded when it is first requested.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { InterpretationInput } from './input.js';
import type { ResultTable } from './result-table.js';

export interface TableDeclaration {
  /** One line for the list of tables. */
  readonly summary: string;
  /** What the table reads in addition to a fit. Without subjects or gene sets it fails. */
  readonly needs: readonly ('subjects' | 'out-of-fold latents' | 'refits' | 'gene sets')[];
  /** Loads the function that makes the table. */
  readonly load: () => Promise<(input: InterpretationInput) => ResultTable | Promise<ResultTable>>;
}

export const RESULT_TABLES = {
  latents: {
    summary: 'every latent with its verdict, replication, and the column that it rises with',
    needs: [],
    load: async () => (await import('./latents-table.js')).latentsTable,
  },
  variance: {
    summary: 'variance that each latent explains in the columns of each modality',
    needs: ['subjects'],
    load: async () => (await import('./variance-table.js')).varianceTable,
  },
  loadings: {
    summary: 'effect of each latent on the columns of its modality, ranked, with intervals',
    needs: ['subjects', 'refits'],
    load: async () => (await import('./loadings-table.js')).loadingsTable,
  },
  outcomes: {
    summary: 'every latent or block and every outcome of the study: r, ρ, η² or hazard ratio, p, and q',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./outcomes/tables.js')).outcomesTable,
  },
  survival: {
    summary: 'latents and outcomes with a time and an event: Cox regression, its check, and survival by thirds',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./outcomes/tables.js')).survivalTable,
  },
  'survival-curves': {
    summary: 'Kaplan–Meier curves by thirds of each latent, with intervals',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./outcomes/tables.js')).survivalCurvesTable,
  },
  'survey-links': {
    summary: 'supported pairs and links in the population: weighted correlations, design-based p and q',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./survey/tables.js')).surveyLinksTable,
  },
  'survey-outcomes': {
    summary: 'latents and outcomes in the population: weighted regressions, design-based p and q',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./survey/tables.js')).surveyOutcomesTable,
  },
  'survey-survival': {
    summary: 'latents and outcomes with a time and an event in the population: Cox regressions, design-based p and q',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./survey/survival-table.js')).surveySurvivalTable,
  },
  'survey-means': {
    summary: 'means of latents in the population and in its subgroups, with design-based intervals',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./survey/tables.js')).surveyMeansTable,
  },
  'subgroup-means': {
    summary: 'means and spreads of latents in the groups of the study, with tests of differences',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./subgroups/tables.js')).subgroupMeansTable,
  },
  'subgroup-loadings': {
    summary: 'slopes of columns on their latents in each group, with tests of differences',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./subgroups/tables.js')).subgroupLoadingsTable,
  },
  'subgroup-links': {
    summary: 'correlations of linked latents in each group, with tests of differences',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./subgroups/tables.js')).subgroupLinksTable,
  },
  'subgroup-effects': {
    summary: 'effects of assigned causes on latents in each group, with tests of differences',
    needs: ['subjects', 'out-of-fold latents'],
    load: async () => (await import('./subgroups/tables.js')).subgroupEffectsTable,
  },
  enrichment: {
    summary: 'gene sets of a GMT file among the loadings of each latent and block',
    needs: ['subjects', 'out-of-fold latents', 'gene sets'],
    load: async () => (await import('./enrichment/enrichment-table.js')).enrichmentTable,
  },
} as const satisfies Readonly<Record<string, TableDeclaration>>;

export type TableName = keyof typeof RESULT_TABLES;

/** Returns the declaration of a table. @throws InputError `unknown-table` */
export function tableNamed(name: string): TableDeclaration {
  const tables: Readonly<Record<string, TableDeclaration>> = RESULT_TABLES;
  if (Object.hasOwn(tables, name)) return tables[name];
  const names = Object.keys(tables);
  throw new InputError(
    'unknown-table',
    `There is no table "${name}"${didYouMean(name, names)}. The tables are ${names.join(', ')}.`,
    { table: name, tables: names },
  );
}

/** Makes a result table. @throws InputError `unknown-table`, and what the function of the table throws */
export async function makeTable(name: string, input: InterpretationInput): Promise<ResultTable> {
  const make = await tableNamed(name).load();
  return make(input);
}
