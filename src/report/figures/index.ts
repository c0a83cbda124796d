// Figures for papers.

export type { FiguresInput } from './draft.js';
export { figuresOf, type Figure, type FigureOptions } from './figures.js';
export { figurePdf, figuresPdf, type PdfOptions } from './pdf.js';
export { COLUMNS, MIN_LETTER, type FigureWidth } from './publication.js';
export {
  FIGURE_FORMATS,
  PALETTE,
  writeFigures,
  type FigureFormat,
  type FigureList,
  type WriteFiguresOptions,
} from './write.js';
