// A map of what is missing: who has which modality.

import type { Inspection } from '../../study/inspection.js';
import { count, percent } from '../format.js';
import { markup, type Markup, type Part } from './markup.js';
import { table } from './section.js';

/** Patterns that a page shows; the others are counted together. */
const MOST_PATTERNS = 12;

/** A table of patterns, most subjects first; nothing where all have every modality. */
export function missingness({ modalities, patterns, subjects }: Inspection): Markup[] {
  if (patterns.length < 2) return [];
  const shown = patterns.slice(0, MOST_PATTERNS);
  const others = patterns.slice(MOST_PATTERNS).reduce((sum, pattern) => sum + pattern.subjects, 0);
  const having = (name: string) =>
    patterns.reduce((sum, pattern) => sum + (pattern.modalities.includes(name) ? pattern.subjects : 0), 0);
  const share = (of: number) => [count(of), percent(of / subjects)];
  return [
    table({
      caption: 'Who has which modality',
      columns: [
        ...modalities.map(({ name }) => ({ title: name })),
        { title: 'Subjects', numeric: true },
        { title: 'Share', numeric: true },
      ],
      rows: [
        ...shown.map(({ modalities: has, subjects: of }): Part[] => [
          ...modalities.map(({ name }, m) =>
            has.includes(name)
              ? markup`<span class="dot m${m % 8}"></span>has it`
              : markup`<span class="muted">–</span>`,
          ),
          ...share(of),
        ]),
        ...(others > 0 ? [[...modalities.map(() => 'other'), ...share(others)]] : []),
        [
          ...modalities.map(({ name }) => markup`<strong>${percent(having(name) / subjects)}</strong>`),
          ...share(subjects),
        ],
      ],
    }),
  ];
}
