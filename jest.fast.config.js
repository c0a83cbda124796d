// `npm run test:fast` leaves out tests that take long because they fit models, simulate cases or read whole data sets.
// The remaining tests take about a minute.
import config from './jest.config.js';

/** Slow test files, and folders in which all are slow. */
const SLOW = [
  'background/',
  'cli/discover-command',
  'cli/study-run',
  'clients/',
  'compile/blocks',
  'distributed/',
  'documents/',
  'evidence/',
  'exchange/',
  'fit/fit',
  'inference/inference',
  'inference/others-latents',
  'model/embedding',
  'model/given-away',
  'networks/array-networks',
  'networks/residual-networks',
  'networks/shared-latents',
  'package/without-engine',
  'package/packages',
  'package/bundled',
  'quality/',
  'report/effects-in-reports',
  'report/images-in-reports',
  'report/report',
  'reproduction/array-baselines',
  'reproduction/baselines',
  'reproduction/reproduce',
  'reproduction/sparsity-condition',
  'reproduction/imputation-studies',
  'reproduction/wide-studies',
  'runtime/native-operations',
  'runtime/operation-table',
  'runtime/devices',
  'runtime/runs-on-devices',
  'selection/',
  'simulation/',
  'study/nhanes',
  'training/orientation',
  'training/sign-flips',
  'training/two-stage',
  'training/fit-on-cuda',
  'training/linear-subspaces',
  'training/residual-subspaces',
  'training/subspaces-of-kinds',
  'training/images-and-series',
  'training/determination',
  'training/opened-links',
  'training/take-up',
];

const slow = SLOW.map((path) => (path.endsWith('/') ? path : `${path}\\.test`));

/** @type {import('jest').Config} */
export default { ...config, testPathIgnorePatterns: [...config.testPathIgnorePatterns, `/test/(${slow.join('|')})`] };
