// causal-learn's text, in which a name with blanks or commas is not read as it was.

import { causalGraphFromText } from '../../src/causal/index.js';
import { graphTarget } from '../graph-target.js';

export const target = graphTarget(causalGraphFromText);
