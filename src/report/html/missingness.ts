// Missing data: a map, and a table of subjects by the modalities that they have.

import type { Inspection } from '../../study/inspection/inspection.js';
import { count, percent } from '../../text/numbers.js';
import { missingnessMap, MAX_PATTERNS } from '../facts/missingness.js';
import { markup, type Markup, type Part } from './markup.js';
import { chartFigure, table } from './section.js';

/** Returns nothing if no data are missing. */
export function missingness(inspection: Inspection): Markup[] {
  const map = missingnessMap(inspection);
  if (map === undefined) return [];
  return [
    chartFigure(['missingness', map], {
      name: 'missing',
      caption:
        'Bar: all subjects, grouped by the modalities that they have, and filled for those who have this one. Strip: ' +
        'its columns; darker columns have more missing values. Point at a column to read its name.',
    }),
    ...patternTable(inspection),
  ];
}

/** Returns the table of patterns by descending number of subjects. It is empty if all subjects have all modalities. */
function patternTable({ modalities, patterns, subjects }: Inspection): Markup[] {
  if (patterns.length < 2) return [];
  const shown = patterns.slice(0, MAX_PATTERNS);
  const rest = patterns.slice(MAX_PATTERNS).reduce((sum, pattern) => sum + pattern.subjects, 0);
  const having = (name: string) =>
    patterns.reduce((sum, pattern) => sum + (pattern.modalities.includes(name) ? pattern.subjects : 0), 0);
  const share = (of: number) => [count(of), percent(of / subjects)];
  return [
    table({
      caption: 'Subjects by the modalities that they have',
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
        ...(rest > 0 ? [[...modalities.map(() => 'other'), ...share(rest)]] : []),
        [
          ...modalities.map(({ name }) => markup`<strong>${percent(having(name) / subjects)}</strong>`),
          ...share(subjects),
        ],
      ],
    }),
  ];
}
