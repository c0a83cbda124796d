// Every public function with wrong arguments gives an InterlatentError or a result, never an internal TypeError.

import { beforeAll, describe, expect, test } from '@jest/globals';
import * as causal from '../../src/causal/index.js';
import { InterlatentError } from '../../src/errors/errors.js';
import * as main from '../../src/index.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';

/** Arguments that a program without types may pass, including wrong lengths. */
const WRONG: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  number: 3,
  NaN: NaN,
  text: 'x',
  'an empty text': '',
  'an empty object': {},
  'an empty list': [],
  'a list of nothing': [undefined],
  'rows of unequal length': [[1, 2], [3]],
  numbers: new Float64Array(3),
  'a function': () => 1,
  true: true,
  'a graph without edges': { nodes: [], variables: [] },
  'a graph of wrong lengths': {
    nodes: [{ name: 'a.z1', modality: 'a', index: 0 }],
    strengths: new Float64Array(3),
    edges: [],
    runs: 1,
    variables: [{ name: 'a' }],
    marks: new Int8Array(3),
  },
  'columns of unequal length': [
    { name: 'a', values: new Float64Array(3) },
    { name: 'b', values: new Float64Array(2) },
  ],
  'columns without values': [{ name: 'a' }, { name: 'b' }],
  'samples of a wrong length': { values: new Float64Array(3), rows: 2, columns: 2 },
  'a table of a wrong length': {
    z: { values: new Float64Array(3), rows: 2, columns: 2 },
    modalities: [{ name: 'a', latents: 2 }],
  },
  'a data set of nobody': { ids: [], modalities: [], split: {} },
};

/** Functions that would fit for minutes or write files with any argument. Classes are tested below. */
type Call = (...values: unknown[]) => unknown;
const isCall = (value: unknown): value is Call => typeof value === 'function';
const calls = (room: object): [string, Call][] =>
  Object.entries(room).filter((entry): entry is [string, Call] => /^[a-z]/.test(entry[0]) && isCall(entry[1]));

async function failure(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Returns calls with 1 to 3 wrong arguments that give an error other than those of the package. */
async function escapes(call: Call): Promise<string[]> {
  const escaped: string[] = [];
  for (const [kind, value] of Object.entries(WRONG)) {
    for (const count of [1, 2, 3]) {
      const error = await failure(() => call(...new Array<unknown>(count).fill(value)));
      if (error === undefined || error instanceof InterlatentError) continue;
      escaped.push(`${count} × ${kind}: ${error instanceof Error ? error.message : 'no error'}`);
    }
  }
  return escaped;
}

describe('wrong arguments', () => {
  test.each(calls(main))('interlatent: %s', async (name, call) => {
    // Functions that write get a folder that cannot be created.
    if (name !== 'writeSimulation') expect(await escapes(call)).toEqual([]);
  });

  test.each(calls(causal))('interlatent/causal: %s', async (_, call) => {
    expect(await escapes(call)).toEqual([]);
  });

  test.each(['fit', 'load'] as const)('MultimodalCausalModel.%s', async (name) => {
    const call: unknown = main.MultimodalCausalModel[name].bind(main.MultimodalCausalModel);
    if (!isCall(call)) throw new Error('no call');
    expect(await escapes(call)).toEqual([]);
  });
});

describe('a model with wrong arguments', () => {
  let model: main.MultimodalCausalModel;
  beforeAll(async () => {
    const dataset = simulatedDataset(main.simulate('case1', { seed: 1, samples: 100, test: 10 }));
    const settings = { fit: 'joint', encoderRestarts: 1, epochs: 1, hidden: 8, batch: 64, threads: 1 } as const;
    model = await main.MultimodalCausalModel.fit(dataset, settings);
  });

  test.each(['encode', 'encodeRows', 'reconstruct', 'report', 'table'] as const)('%s', async (name) => {
    const call: unknown = model[name].bind(model);
    if (!isCall(call)) throw new Error('no call');
    expect(await escapes(call)).toEqual([]);
  });
});

test('the error names the place in the argument, the expected type and the actual value', async () => {
  const { variables } = causal.emptyCausalGraph([{ name: 'a' }]);
  const wrong: unknown = { variables, marks: [0] };
  const call: unknown = causal.causalGraphToText;
  expect(await failure(() => isCall(call) && call(wrong))).toMatchObject({
    code: 'invalid-argument',
    message: 'causalEdges: graph.marks must be a typed array, not a list',
  });
});
