// interlatent/web: a fitted model in a page, whose subjects' data never leave it.

export {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError,
} from '../errors.js';
export type { LatentEdge, LatentGraph, LatentNode } from '../causal/graph.js';
export type { Latents } from '../inference/model-latents.js';
export type { RunSummary } from '../training/run-summary.js';
export type { FileContent, Files, NamedFile } from './files.js';
export { loadModel, WebModel, type EncodedSubjects, type EncodeOptions } from './model.js';
