// How good a fit is: figures, warnings, and their form in run.json.

export { measureQuality, type ModelReading } from './measure.js';
export { qualitySchema, type ModalityQuality, type Quality, type QualityFigures, type Warning } from './schema.js';
export { heldOutPart, tableOf } from './tables.js';
export { percentText, qualityWarnings } from './warnings.js';
