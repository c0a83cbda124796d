// How many subjects a study needs to find a link of a given size.

export {
  neededSubjects,
  powerCurve,
  rising,
  wilson,
  type NeededSubjects,
  type PowerCurve,
  type PowerOptions,
  type PowerPoint,
} from './curve.js';
export {
  defaultSizes,
  ENOUGH_POWER,
  formulaPower,
  otherLinks,
  POWER_DEFAULTS,
  type KnownLink,
  type PairPower,
  type PowerDesign,
  type PowerModality,
} from './design.js';
export { designOfRun, designOfStudy, type StudyDesign } from './from-study.js';
export { simulateStudy, type SimulatedStudy, type SimulationOptions } from './simulate.js';
export { measuredModalities } from './measured-design.js';
