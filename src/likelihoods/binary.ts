// Binary values, 1 or 0: θ is the logit of 1.

import { mul, sigmoid, softplus, sub } from '../graph/index.js';
import * as special from '../graph/special.js';
import type { LevelKind } from './kind.js';
import { POSITION } from './level-coding.js';
import type { Likelihood } from './likelihood.js';

export const binary: LevelKind = {
  form: 'levels',
  noun: 'binary',
  documentation: { for: 'yes or no', cells: 'two numbers or two texts', learns: 'nothing' },
  inChannels: true,
  minLevels: 2,
  maxLevels: 2,
  coding: POSITION,
  guess: {
    kinds: 'binary',
    matches: ({ different }) => different === 2,
    reason: ({ min, max }, without) => `the values are ${min} and ${max}${without}`,
  },
  likelihood: () => density,
};

const density: Likelihood = {
  values: 1,
  decoded: [0],
  perColumn: [],
  logProbability: (x, theta) => sub(mul(x, theta), softplus(theta)),
  mean: (theta) => sigmoid(theta),
  logConstant: () => 0,
  draw: ([logit], random) => [random.uniform() < special.sigmoid(logit) ? 1 : 0],
};
