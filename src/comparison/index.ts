// Comparison of methods on one study (docs/how-to/compare-methods.md).

export { comparedData, type ComparedData, type ComparedModality } from './compared-data.js';
export { compareMethods, type ComparedFit, type CompareOptions } from './compare.js';
export { exportSplits, writeSubjects } from './export-splits.js';
export { factorScores } from './factor-analysis.js';
export type { Method, MethodInput, MethodLatents, MethodResult } from './method.js';
export { builtInMethods, METHOD_NAMES, type MethodName } from './methods.js';
export type { OurFitOptions } from './our-fit.js';
export { functionMethod } from './function-method.js';
export { comparisonPage } from './page.js';
export { crossFittedProbe, probe, type Probe, type ProbeRows } from './probe.js';
export { RELATED, relations, type Relation } from './relations.js';
export { readLatents, runner, wordsOf, writeMethodLatents } from './runner.js';
export { scoreLatents, type LatentScores } from './score-latents.js';
export type { ComparedMethod, Comparison } from './schema.js';
