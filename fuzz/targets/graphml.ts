import { causalGraphFromGraphml, causalGraphToGraphml } from '../../src/causal/index.js';
import { graphTarget } from '../graph-target.js';

export const target = graphTarget(causalGraphFromGraphml, causalGraphToGraphml);
