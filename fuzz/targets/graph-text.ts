// causal-learn's text format. Names with blanks or commas do not survive a round trip, so graphs are only read.

import { causalGraphFromText } from '../../src/causal/index.js';
import { graphTarget } from '../graph-target.js';

export const target = graphTarget(causalGraphFromText);
