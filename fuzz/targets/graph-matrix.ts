import { causalGraphFromMatrix, causalGraphToMatrix } from '../../src/causal/index.js';
import { expectEqual, type Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    const { marks, variables } = causalGraphFromMatrix(Buffer.from(bytes).toString());
    const again = causalGraphFromMatrix(causalGraphToMatrix({ marks, variables }), variables);
    expectEqual(again, { variables, marks }, 'graph');
  },
};
