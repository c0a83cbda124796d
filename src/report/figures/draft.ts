// A figure before it has its size, and drawings that say why there is nothing to draw.

import type { PermutationNull } from '../../evidence/index.js';
import type { Replication } from '../../replication/index.js';
import { pageChart } from '../charts/page-chart.js';
import type { OutcomesInput } from '../facts/outcomes.js';
import type { ReportInput } from '../input.js';
import { element, label, linesOf } from '../svg.js';
import type { FigureWidth } from './publication.js';

/** What figures are made of. A figure whose data are missing is left out. */
export interface FiguresInput extends Omit<ReportInput, 'subjects' | 'interventions' | 'command'> {
  /** The subjects of the fit, in the units of their tables. */
  readonly subjects?: OutcomesInput['subjects'];
  /** Refits of shuffled subjects. */
  readonly chance?: PermutationNull | undefined;
  /** Tests of what the fit supports in a second cohort. */
  readonly replication?: Replication | undefined;
}

/** `shown`: what tests support. `none`: tests support nothing. `untested`: nothing was tested. `described`: no test. */
export type Finding = 'shown' | 'none' | 'untested' | 'described';

export interface Draft {
  /** Name of its files. */
  readonly name: string;
  readonly title: string;
  /** Sentences that a reader of the figure needs. */
  readonly caption: string;
  readonly finding: Finding;
  /** A drawing with the theme `page`, or a function that draws it with a body of this width. */
  readonly drawing: string | ((width: number) => string);
  /** Its column. Default: one, if its letters are then large enough. */
  readonly column?: FigureWidth | undefined;
}

const LETTER = 13;
const LINE = 19;

/** Returns a figure that says why it shows nothing. */
export function notice(draft: Omit<Draft, 'drawing' | 'caption'>, reason: string): Draft {
  return { ...draft, caption: reason, drawing: (width) => noticeChart(draft.title, reason, width) };
}

function noticeChart(title: string, reason: string, width: number): string {
  const lines = linesOf(reason, LETTER, width - 32);
  const height = lines.length * LINE + 28;
  return pageChart({
    width,
    height,
    title,
    description: reason,
    body: [
      element('rect', { class: 'il-outlined', x: 1, y: 1, width: width - 2, height: height - 2, rx: 7 }),
      ...lines.map((line, i) => label(line, { class: 'il-ink', x: 16, y: 27 + i * LINE, 'font-size': LETTER })),
    ],
  });
}

/** Returns sentences as a text. */
export function sentences(...texts: readonly string[]): string {
  return texts.join(' ');
}

/** Returns a name that can be the name of a file on any system. */
export function fileName(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
}
