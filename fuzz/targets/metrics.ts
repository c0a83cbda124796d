// metrics.jsonl of a RUN folder.

import { metricsLine, parseMetrics } from '../../src/training/metrics-file.js';
import { expectEqual, type Target } from '../target.js';

export const target: Target = {
  run: (bytes) => {
    const history = parseMetrics(bytes, 'metrics.jsonl');
    expectEqual(parseMetrics(Buffer.concat(history.map(metricsLine)), 'again.jsonl'), history, 'history');
  },
};
