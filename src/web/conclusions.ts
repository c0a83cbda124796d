// The conclusions of a fit in sentences.

export {
  describeConclusions as conclusions,
  withSupportedCauses,
  type Conclusions,
  type DescribedConclusions,
  type LatentConclusion,
  type LinkConclusion,
  type PairConclusion,
} from '../conclusions/index.js';
