// One verdict object from which the command line, the report, pictures, JSON, the server and the browser page derive.

export {
  conclusionsOf,
  NOTABLE_CORRELATION,
  type Conclusions,
  type LatentConclusion,
  type LinkConclusion,
  type LinkReason,
  type PairConclusion,
  type Verdict,
} from './conclusions.js';
export type { Direction } from './directions.js';
export {
  correlationText,
  directionText,
  headline,
  latentText,
  linkText,
  pairText,
  reasonText,
  subjectsText,
  summarySentences,
} from './sentences.js';
