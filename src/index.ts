// The public face of the package.

export {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError,
} from './errors.js';
export type { BuildInfo } from './runtime/addon.js';
export { buildInfo } from './runtime/native.js';
export type { ColumnScale, Dataset, Modality, Split } from './data/dataset.js';
