// What is missing: a map, and who has which modality.

import type { Inspection } from '../../study/inspection.js';
import { count, percent } from '../../format.js';
import { missingnessChart } from '../charts/missingness-chart.js';
import { missingnessMap, MAX_PATTERNS } from '../facts/missingness.js';
import { markup, type Markup, type Part } from './markup.js';
import { figure, table } from './section.js';

/** Nothing where nothing is missing. */
export function missingness(inspection: Inspection): Markup[] {
  const map = missingnessMap(inspection);
  if (map === undefined) return [];
  return [
    figure({
      name: 'missing',
      svg: missingnessChart(map, 760),
      drawing: 'missingness',
      caption:
        'Bar: all subjects, those with the same modalities side by side, filled where they have it. Strip: its ' +
        'columns, darker for more who have the modality but lack the value. Point at one to read its name.',
    }),
    ...patternTable(inspection),
  ];
}

/** Most subjects first; nothing where all have every modality. */
function patternTable({ modalities, patterns, subjects }: Inspection): Markup[] {
  if (patterns.length < 2) return [];
  const shown = patterns.slice(0, MAX_PATTERNS);
  const others = patterns.slice(MAX_PATTERNS).reduce((sum, pattern) => sum + pattern.subjects, 0);
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
