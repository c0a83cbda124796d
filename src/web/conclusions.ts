// What a fit concludes, in words: the first thing to know of a model.

export {
  describeConclusions as conclusions,
  type Conclusions,
  type DescribedConclusions,
  type LatentConclusion,
  type LinkConclusion,
  type PairConclusion,
} from '../conclusions/index.js';
