// Tabulates the answers of fitted models over data seeds, with the values to reach.

import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { aboveChance } from '../../src/metrics/index.js';
import { QUESTION_CASE, type QuestionRecord } from './questions.js';
import { spread } from './summary.js';
import { line, spreadText } from './tables.js';
import { runText, type RunDescription } from './write-results.js';

interface Row {
  readonly question: string;
  readonly figure: string;
  /** Value of each seed. */
  readonly values: readonly number[];
  readonly reach: string;
  readonly met: boolean | null;
}

const MAX_ERROR = 0.05;
const COVERED = [0.85, 0.95] as const;
const MIN_CORRELATION = 0.97;
/**
 * Minimal remaining sd of a column for some of the figures. A column that depends almost only on the latent is nearly
 * constant once the latent is set.
 */
const MIN_REMAINING = 0.5;
const MAX_BEHIND = 0.02;

export function questionRows(records: readonly QuestionRecord[]): Row[] {
  const row = (
    question: string,
    figure: string,
    valueOf: (record: QuestionRecord) => number,
    reach?: { readonly text: string; readonly isMet: (value: number) => boolean },
  ): Row => {
    const values = records.map(valueOf);
    const average = mean(values);
    return { question, figure, values, reach: reach?.text ?? '', met: reach ? reach.isMet(average) : null };
  };
  const below = (limit: number) => ({ text: `≤ ${limit}`, isMet: (value: number) => value <= limit });
  const covered = {
    text: `${COVERED[0]}–${COVERED[1]}`,
    isMet: (value: number) => value >= COVERED[0] && value <= COVERED[1],
  };
  const correlated = { text: `≥ ${MIN_CORRELATION}`, isMet: (value: number) => value >= MIN_CORRELATION };
  const kinds = ['latents', 'columns'] as const;
  const isKind = (name: string, kind: (typeof kinds)[number]): boolean => /\.z\d+$/.test(name) === (kind === 'latents');
  return [
    row('fit', 'MCC', ({ mcc }) => mcc),
    row('fit', 'MCC of chance', ({ chance }) => chance),
    row('fit', 'MCC corrected for chance', ({ mcc, chance }) => aboveChance(mcc, chance) ?? NaN),
    ...kinds.flatMap((kind) => {
      const answers = ({ interventions }: QuestionRecord) => interventions.filter(({ name }) => isKind(name, kind));
      return [
        row(
          `do(z), ${kind}`,
          'mean error of a mean, sd',
          (one) => mean(answers(one).map(({ error }) => error)),
          below(MAX_ERROR),
        ),
        row(`do(z), ${kind}`, `share of means within ${MAX_ERROR} sd`, (one) =>
          mean(answers(one).map(({ error }) => Number(error <= MAX_ERROR))),
        ),
        row(`do(z), ${kind}`, 'maximal error of a mean, sd', (one) =>
          Math.max(...answers(one).map(({ error }) => error)),
        ),
        row(
          `do(z), ${kind}`,
          'share in 90 % intervals',
          (one) => mean(answers(one).map((each) => each.covered)),
          covered,
        ),
      ];
    }),
    row(
      'counterfactuals',
      'mean correlation per column',
      ({ counterfactuals }) => mean(counterfactuals.map((one) => one.correlation)),
      correlated,
    ),
    row('counterfactuals', `share of columns with at least ${MIN_CORRELATION}`, ({ counterfactuals }) =>
      mean(counterfactuals.map((one) => Number(one.correlation >= MIN_CORRELATION))),
    ),
    row('counterfactuals', 'minimal correlation of a column', ({ counterfactuals }) =>
      Math.min(...counterfactuals.map((one) => one.correlation)),
    ),
    row(
      'counterfactuals',
      `minimal correlation of a column that keeps ${MIN_REMAINING} of its sd`,
      ({ counterfactuals }) =>
        Math.min(
          ...counterfactuals.filter(({ remaining }) => remaining >= MIN_REMAINING).map((one) => one.correlation),
        ),
    ),
    row('counterfactuals', 'mean error of a column, sd', ({ counterfactuals }) =>
      mean(counterfactuals.map(({ error }) => error)),
    ),
    row('counterfactuals', 'maximal error of a column, sd', ({ counterfactuals }) =>
      Math.max(...counterfactuals.map(({ error }) => error)),
    ),
    row('missing modality', 'R², mean over columns', ({ imputation }) => mean(imputation.map(({ r2 }) => r2))),
    row('missing modality', 'best possible R²', ({ imputation }) => mean(imputation.map(({ best }) => best))),
    row(
      'missing modality',
      'best possible R² minus R²',
      ({ imputation }) => mean(imputation.map(({ r2, best }) => best - r2)),
      below(MAX_BEHIND),
    ),
    row(
      'missing modality',
      'share in 90 % intervals',
      ({ imputation }) => mean(imputation.map((one) => one.covered)),
      covered,
    ),
  ];
}

/** Writes questions.md. @returns its path */
export async function writeQuestions(
  out: string,
  records: readonly QuestionRecord[],
  description: Pick<RunDescription, 'command' | 'threads'>,
): Promise<string> {
  const path = join(out, 'questions.md');
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0);
  const text = [
    '# Questions about a fitted model',
    '',
    runText(description, records.length, seconds),
    '',
    `Data: ${QUESTION_CASE} of the simulator, which answers the same questions exactly. Every true latent is set to ` +
      '−1 and to 1 sd, and the fitted latent to the value with the same quantile among training subjects. Errors of ' +
      'means are in sd of the latent or column without the intervention; latents are compared on the scale of the ' +
      'fit. Counterfactuals and the missing modality, the last one, are for test subjects. Errors of counterfactuals ' +
      'are root mean squares in sd of the factual column. The best possible R² is that of the conditional mean given ' +
      'the true latents of all other modalities.',
    '',
    questionTable(questionRows(records)),
    '',
  ].join('\n');
  await writeFileAtomic(path, text);
  return path;
}

export function questionTable(rows: readonly Row[]): string {
  const header = ['question', 'figure', 'mean ± sd over seeds', 'reach', 'met'];
  const cells = rows.map(({ question, figure, values, reach, met }) => [
    question,
    figure,
    spreadText(spread(values), 3),
    reach,
    met === null ? '' : met ? 'yes' : 'no',
  ]);
  return [header, header.map(() => '---'), ...cells].map(line).join('\n');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
