// Questions to a fitted model (docs/reference/questions.md).

export { chooseImputation } from './choose-imputation.js';
export type { ActionOptions } from './action.js';
export { EDGE_CHOICES, type Edge } from './followed-edges.js';
export type { RefusedLatent } from './intervention-grid.js';
export { counterfactuals, type CounterfactualOptions, type SubjectCounterfactual } from './counterfactual.js';
export { checkCompletable, completedTables, type CompletedTable } from './completed.js';
export type { Distribution, MeanEffect } from './distribution.js';
export {
  generateSubjects,
  nearestDistances,
  type GeneratedSubjects,
  type GenerateOptions,
  type NearestDistances,
} from './generate.js';
export { gapWarnings } from './gap-warnings.js';
export { savedGaussian } from './gaussian-answers.js';
export { GenerativeModel } from './generative-model.js';
export { predictedCells, rowsOf, type PredictionOptions, type SubjectsOption } from './requested.js';
export { imputedCells, missingCells, type ImputationOptions, type ImputedCell } from './impute.js';
export { intervene, type Consequence, type InterventionOptions, type InterventionResult } from './intervene.js';
export { interventionGrid, type GridLatent, type InterventionGrid, type Reached } from './intervention-grid.js';
export type { SignalOption } from './question-options.js';
export { parseSetting, type LatentValue, type SetLatent, type Setting } from './setting.js';
export { columnVariables, latentNames } from './variables.js';
