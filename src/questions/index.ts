// Questions to a fitted model (docs/reference/questions.md).

export { chooseImputation } from './choose-imputation.js';
export type { RefusedLatent } from './intervention-grid.js';
export type { SubjectCounterfactual } from './counterfactual.js';
export { checkCompletable, completedTables, type CompletedTable } from './completed.js';
export type { Distribution, MeanEffect } from './distribution.js';
export { generateSubjects, nearestDistances, type GeneratedSubjects, type NearestDistances } from './generate.js';
export { gapWarnings } from './gap-warnings.js';
export { savedGaussian } from './gaussian-answers.js';
export { GenerativeModel } from './generative-model.js';
export { rowsOf } from './requested.js';
export type { AnsweredCell, ImputedCell } from './impute.js';
export type { ClassEffect } from './class-effects.js';
export type { Consequence, InterventionResult } from './intervene.js';
export type { GridLevel } from './level-grid.js';
export { interventionGrid, type GridLatent, type InterventionGrid, type Reached } from './intervention-grid.js';
export {
  EDGE_CHOICES,
  filled,
  type AskedOptions,
  type Declaration,
  type Declared,
  type Edge,
  type Kind,
  type SignalOption,
  type SubjectsOption,
} from './question-options.js';
export {
  ENCODE,
  QUESTIONS,
  type AnswerTo,
  type QuestionRequest,
  type ItemOf,
  type Question,
  type QuestionCommand,
  type QuestionName,
  type QuestionOptions,
} from './questions.js';
export { causesOfSubjects } from './cause-draws.js';
export type { Against, SetCause } from './cause-setting.js';
export {
  parseSetting,
  parseSettingValue,
  type LatentValue,
  type SetLatent,
  type Setting,
  type SettingValue,
} from './setting.js';
export { columnVariables, latentNames } from './variables.js';
