// How many subjects a study needs to find a link of a given size.

export { powerCurve, wilson, type PowerCurve, type PowerOptions, type PowerPoint } from './curve.js';
export {
  defaultSizes,
  ENOUGH_POWER,
  formulaPower,
  POWER_DEFAULTS,
  type KnownLink,
  type PairPower,
  type PowerDesign,
} from './design.js';
export { designOfRun, designOfStudy, type StudyDesign } from './from-study.js';
