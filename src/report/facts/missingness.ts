// What is missing of a study, as its map shows it: who has which modality, and what those who have it lack.

import type { Inspection, ModalityReport } from '../../study/inspection.js';
import { percent } from '../../format.js';

/** Patterns that a page shows; the others are counted together. */
export const MAX_PATTERNS = 12;
/** Cells of a strip; of more columns each stands for several. */
const MAX_CELLS = 120;

export interface MissingnessMap {
  /** Subjects of each pattern, most first; the last one may be all others. */
  readonly patterns: readonly number[];
  readonly modalities: readonly MissingModality[];
}

export interface MissingModality {
  readonly name: string;
  /** Share of each pattern's subjects who have it: 0 or 1, but of the others together. */
  readonly having: readonly number[];
  /** Share of all subjects who have it. */
  readonly share: number;
  readonly cells: readonly MissingCell[];
}

/** One column, or neighbours. */
export interface MissingCell {
  /** Share of the subjects who have the modality that lack it. */
  readonly share: number;
  /** For people: name and share. */
  readonly text: string;
}

/** Undefined where nothing is missing. */
export function missingnessMap(inspection: Inspection): MissingnessMap | undefined {
  const { modalities, subjects, patterns } = inspection;
  if (patterns.length < 2 && modalities.every(({ missing }) => missing.length === 0)) return undefined;
  const others = patterns.slice(MAX_PATTERNS);
  const shown = [
    ...patterns.slice(0, MAX_PATTERNS).map((pattern) => [pattern]),
    ...(others.length > 0 ? [others] : []),
  ];
  return {
    patterns: shown.map(subjectsOf),
    modalities: modalities.map((modality) => {
      const having = (some: Inspection['patterns']): number =>
        subjectsOf(some.filter(({ modalities: names }) => names.includes(modality.name)));
      return {
        name: modality.name,
        having: shown.map((some) => having(some) / subjectsOf(some)),
        share: having(patterns) / subjects,
        cells: cellsOf(modality, inspection.missing === 'keep' ? having(patterns) : inspection.shared),
      };
    }),
  };
}

function subjectsOf(patterns: Inspection['patterns']): number {
  return patterns.reduce((sum, pattern) => sum + pattern.subjects, 0);
}

/** @param of how many subjects */
function cellsOf({ columns, missing }: ModalityReport, of: number): MissingCell[] {
  const lacking = new Map(missing.map(({ column, subjects }) => [column, subjects]));
  const shares = columns.map(({ name }) => ({ name, share: (lacking.get(name) ?? 0) / Math.max(1, of) }));
  const size = Math.ceil(shares.length / MAX_CELLS);
  return Array.from({ length: Math.ceil(shares.length / size) }, (_, i) => {
    const own = shares.slice(i * size, (i + 1) * size);
    const most = own.reduce((a, b) => (b.share > a.share ? b : a));
    const share = own.reduce((sum, one) => sum + one.share, 0) / own.length;
    const beside = own.length > 1 ? `, the most of ${own.length} columns here` : '';
    return { share: Number(share.toFixed(3)), text: `${most.name}: ${percent(most.share)} missing${beside}` };
  });
}
