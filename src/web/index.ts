// interlatent/web: fitted models in a page. The data of subjects never leave the page.

export {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError,
} from '../errors/errors.js';
export {
  conclusions,
  withSupportedCauses,
  type Conclusions,
  type DescribedConclusions,
  type LatentConclusion,
  type LinkConclusion,
  type PairConclusion,
} from './conclusions.js';
export type { CauseEdge, CauseNode, GraphCauses } from '../causal/cause-nodes.js';
export type { LatentEdge, LatentGraph, LatentNode, OrientingColumn } from '../causal/graph.js';
export type { Dataset } from '../data/dataset.js';
export type { Latents } from '../inference/model-latents.js';
export type { FitSettings } from '../training/config.js';
export type { FitProgress } from '../training/stage-runner.js';
export type { SimulationOptions } from '../simulation/options.js';
export type { RunSummary } from '../training/run-summary.js';
export type { Companion } from './companion.js';
export { causesSvg, type CausesSvgOptions } from './causes-svg.js';
export { companions } from './companions.js';
export type { FileContent, Files, NamedFile } from './files.js';
export type { FitOptions } from './fit.js';
export { latentsCsv } from './latents-csv.js';
export { fit, loadModel, preload, simulated, WebModel, type EncodedSubjects, type EncodeOptions } from './model.js';
export { graphSvg, svgStyle, type GraphSvgOptions } from './graph-svg.js';
export type { TypicalPeople } from './typical.js';
export { verdicts, type LatentRow, type LinkRow, type Verdicts } from './verdicts.js';
export { webGpu, type WebGpu } from './web-gpu.js';
