// Every figure of a fit for a paper. The drawings are those of the report. A figure whose evidence is missing says so,
// because readers would take any drawing for a finding.

import { judgedGraph } from '../../conclusions/index.js';
import { reportConclusions } from '../facts/evidence.js';
import { pageMargin } from '../theme.js';
import { associationFigures } from './association-drafts.js';
import { chanceFigures } from './chance-drafts.js';
import type { Draft, FiguresInput } from './draft.js';
import { modelFigures } from './model-drafts.js';
import { discoveryFigures } from './discovery-drafts.js';
import { interpretationFigures } from './interpretation-drafts.js';
import { outcomeFigures } from './outcome-drafts.js';
import { replicationFigure } from './replication-draft.js';
import { subgroupFigures } from './subgroup-drafts.js';
import { bodyWidth, columnOf, COLUMNS, published, type FigureWidth, type Published } from './publication.js';

export interface Figure extends Published, Pick<Draft, 'name' | 'title' | 'caption' | 'finding'> {}

export interface FigureOptions {
  /** Width of all figures, in millimetres. Default: for each figure, one column if its letters are then large enough. */
  readonly width?: FigureWidth | undefined;
}

/** Returns the figures of a fit, in the order of a paper. @throws InternalError `layout-failed` */
export async function figuresOf(run: FiguresInput, { width }: FigureOptions = {}): Promise<Figure[]> {
  const input = { ...run, graph: judgedGraph(run.graph, run.summary) };
  const conclusions = reportConclusions(input);
  const drafts = [
    ...(await associationFigures(input, conclusions)),
    ...(await discoveryFigures(input)),
    ...interpretationFigures(input),
    ...subgroupFigures(input.tables ?? {}),
    ...outcomeFigures(input),
    ...(input.replication ? replicationFigure(input.replication) : []),
    ...(input.chance ? chanceFigures(input.chance) : []),
    ...modelFigures(input),
  ];
  return drafts.map((draft) => figure(draft, width));
}

function figure(draft: Draft, wanted: FigureWidth | undefined): Figure {
  const { name, title, caption, finding, drawing, column } = draft;
  const drawn = (width: FigureWidth): string =>
    typeof drawing === 'string' ? drawing : drawing(bodyWidth(width, 2 * pageMargin));
  const width = wanted ?? column ?? columnOf(drawn(COLUMNS.one));
  return { ...published(drawn(width), width, { title, caption }), name, title, caption, finding };
}
