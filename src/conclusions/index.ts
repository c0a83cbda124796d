// The conclusions from which the command line, the report, drawings, JSON, the server and the browser page derive.

export { batchText, type BatchConclusion } from './batches.js';
export {
  isCauseFound,
  isEdgeSupported,
  untracedBlocks,
  withSupportedCauses,
  type CauseBlockConclusion,
  type CauseConclusion,
  type CauseConclusions,
} from './causes.js';
export {
  blockText,
  causeCaveat,
  causeHeadline,
  causeName,
  causeSentences,
  directEffectText,
  effectReasonText,
  effectText,
  mixtureTexts,
  supportedEffectText,
  unidentifiedTexts,
  unitText,
} from './cause-sentences.js';
export {
  conclusionsOf,
  NOTABLE_CORRELATION,
  type Conclusions,
  type LatentConclusion,
  type LinkConclusion,
  type LinkReason,
  type OrderConclusion,
  type PairConclusion,
  type Verdict,
} from './conclusions.js';
export { robustnessCell, robustnessText, type Robustness } from './robustness.js';
export {
  classDirectionCell,
  EQUIVALENCE_NOTE,
  equivalenceText,
  presenceCell,
  type EquivalenceConclusion,
} from './equivalence.js';
export {
  blockNotes,
  equivalenceOfBlocks,
  latentCautions,
  latentReasonText,
  latentText,
  linksOfBlocks,
  mixingReasons,
  type Caution,
} from './latent-sentences.js';
export { isMixing, LATENT_REASONS, type LatentReason, type LatentVerdict } from './latent-verdicts.js';
export { edgeVerdict, judgedGraph } from './judged-graph.js';
export { linksNotConfirmed, notConfirmedText, type LinksNotConfirmed, type SearchedGraph } from './searched-links.js';
export { effectOverClass, overClassText, type EffectConclusion, type OverClass } from './latent-effects.js';
export { describeConclusions, type DescribedConclusions } from './described.js';
export {
  batchReason,
  directionOf,
  EQUAL_STANDARD_ERRORS,
  isSameVariable,
  reversedOrder,
  withDirections,
  type Direction,
  type ReversedOrder,
} from './directions.js';
export {
  correlationText,
  directionCell,
  directionText,
  headline,
  linkText,
  oneOfTexts,
  orderText,
  pairText,
  reasonText,
  summarySentences,
  verdictCell,
} from './sentences.js';
export { sharedTexts } from './shared-sentences.js';
export { countsText, subjectCounts, subjectsText, type SubjectCounts } from './subject-counts.js';
