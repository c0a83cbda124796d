// Checks the options of a model's calls: their types, and that no other options are present.

import { checkAccepted, checkArgument, checkOptions, type OptionShapes } from '../errors/argument.js';
import type { FiguresOptions, ReportOptions, TableOptions } from '../background/index.js';
import type { ExportOptions } from '../exchange/write.js';
import { EVIDENCE_MODES } from '../evidence/modes.js';
import type { DeviceOptions, FitOptions } from '../fit/fit-run.js';
import { SIGNAL_OPTION, type SignalOption } from '../questions/question-options.js';
import type { FitSettings } from '../training/config.js';
import { LockedFolder } from '../training/locked-folder.js';

export interface EncodeOptions extends SignalOption {
  /** True to encode only the modalities that the data set has. Default: false, so all of the model's are needed. */
  readonly partial?: boolean;
}

export interface EncodeRowsOptions extends EncodeOptions {
  /** Maximum distance of a value from the training mean, in standard deviations after any logarithm. Default: 10. */
  readonly maxDeviations?: number;
}

export const ENCODE_OPTIONS: OptionShapes<EncodeOptions> = { partial: 'boolean', signal: 'signal' };
export const ENCODE_ROWS_OPTIONS: OptionShapes<EncodeRowsOptions> = { ...ENCODE_OPTIONS, maxDeviations: 'number' };
export const REPORT_OPTIONS: OptionShapes<ReportOptions> = {
  study: {},
  discovery: { graph: { variables: [{ name: 'text' }], marks: 'typed array' }, edges: [{ from: 'text', to: 'text' }] },
  command: 'text',
  showSubjects: 'boolean',
  outOfFold: { ids: 'list', latents: {} },
  sets: 'anything',
  ...SIGNAL_OPTION,
};
export const TABLE_OPTIONS: OptionShapes<TableOptions> = {
  study: {},
  outOfFold: { ids: 'list', latents: {} },
  sets: 'anything',
  minGenes: 'number',
  maxGenes: 'number',
  seed: 'number',
  ...SIGNAL_OPTION,
};
export const FIGURES_OPTIONS: OptionShapes<FiguresOptions> = {
  study: {},
  discovery: REPORT_OPTIONS.discovery,
  replication: { headline: 'text', hypotheses: [{ kind: 'text', first: 'text', second: 'text', verdict: 'text' }] },
  chance: { pairs: [{ first: 'text', second: 'text', refits: 'list' }], refits: 'number', associated: 'number' },
  sets: 'anything',
  width: 'number',
  outOfFold: REPORT_OPTIONS.outOfFold,
  ...SIGNAL_OPTION,
};
export const EXPORT_OPTIONS: OptionShapes<ExportOptions> = { format: 'text', licence: 'text' };
export const DEVICE_OPTIONS: OptionShapes<DeviceOptions> = { device: 'text', matmulPrecision: 'text' };

/** Options in addition to the settings, which the schema of a study checks. */
type FitHook = Exclude<keyof FitOptions, keyof FitSettings>;

export const FIT_HOOKS: OptionShapes<Pick<FitOptions, FitHook>> = {
  ...DEVICE_OPTIONS,
  threads: 'number',
  niceness: 'number',
  profile: 'boolean',
  signal: 'signal',
  onProgress: 'function',
  onRestarts: 'function',
  logger: { info: 'function', warn: 'function', error: 'function' },
  // A path, or a locked folder.
  folder: 'anything',
  resume: 'boolean',
  checkpointEvery: 'number',
  tensorboard: 'boolean',
  infersMissing: 'boolean',
  evidence: 'text',
  shards: 'text',
};

/** @throws InputError `invalid-argument`, `invalid-option` */
export function checkFitOptions(options: FitOptions): void {
  checkArgument('fit: options', options, {});
  const hooks = Object.entries(options).filter(([name]) => Object.hasOwn(FIT_HOOKS, name));
  checkOptions('fit', Object.fromEntries(hooks), FIT_HOOKS);
  const { folder, checkpointEvery, evidence = 'full' } = options;
  const modes = ['none', ...EVIDENCE_MODES];
  checkAccepted('evidence', evidence, modes.includes(evidence), `is one of ${modes.join(', ')}`);
  if (folder !== undefined && !(folder instanceof LockedFolder)) checkArgument('fit: options.folder', folder, 'text');
  checkCheckpointEvery(checkpointEvery);
}

/** @throws InputError `invalid-option` */
export function checkCheckpointEvery(seconds = 0): void {
  checkAccepted('checkpointEvery', seconds, seconds >= 0, 'are seconds, from 0');
}
