// Figures for papers.

export { figuresOf, type Figure, type FigureOptions, type FiguresInput } from './figures.js';
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
