// The public interface of the package.

export {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError,
  type ErrorCode,
} from './errors/errors.js';
export { graphToDot, graphToGraphml } from './causal/graph-formats.js';
export { graphFromJson, graphToJson } from './causal/graph-json.js';
export type { CauseEdge, CauseNode, GraphCauses } from './causal/cause-nodes.js';
export type { LatentEdge, LatentGraph, LatentNode, OrientingColumn } from './causal/graph.js';
export type {
  ColumnScale,
  CovariateTerm,
  Dataset,
  Modality,
  ModalityScales,
  Split,
  Subjects,
  Transform,
} from './data/dataset.js';
export type { SplineTerm } from './data/natural-spline.js';
export type { Cause, CauseEffect, CauseKind, CauseScales, CauseTerm } from './data/causes.js';
export type { LonelyRule, ReplicateWeights, StudySurvey, SurveyDesign, SurveySubgroup } from './data/survey.js';
export type { EventOutcome, MeasuredOutcome, Outcome, SubjectVariable } from './data/outcomes.js';
export type { Subgroups } from './data/subgroups.js';
export { levelTerms, numberTerms } from './data/cause-terms.js';
export { withPrivateLatents } from './data/private-latents.js';
export { modalityOfColumns } from './data/columns-modality.js';
export type { ColumnsModality } from './data/columns-modality.js';
export type { RawColumn } from './data/kinds.js';
export type { Columns, Row } from './data/row.js';
export type {
  Conclusions,
  DescribedConclusions,
  Direction,
  LatentConclusion,
  LinkConclusion,
  LinkReason,
  PairConclusion,
  SubjectCounts,
  Verdict,
} from './conclusions/index.js';
export { discoverLatents, discoverWithRefits, readStudy, selectLatents } from './background/index.js';
export type {
  DirectionEvidence,
  DiscoverLatentsOptions,
  Evidence,
  Hypothesis,
  LatentDiscovery,
  LatentQuestion,
  LinkEvidence,
  MeasuredColumns,
  PairEvidence,
  RefitOptions,
  Refits,
  RefittedDiscovery,
  SearchHooks,
  SearchProgress,
  TestedHypothesis,
} from './evidence/index.js';
export type { ArrowTable, CellValue, MemoryTable } from './files/memory-table.js';
export type { Inspection } from './study/inspection/inspection.js';
export { simulate } from './simulation/simulate.js';
export type { SimulationOptions } from './simulation/options.js';
export type { Simulation } from './simulation/simulate.js';
export type { ReadPartsOptions } from './study/reading/study-parts.js';
export type { ReadStudyOptions, Study } from './study/study.js';
export { readTruth } from './simulation/truth.js';
export type { Truth } from './simulation/truth.js';
export { evaluate, meanCorrelation, r2, structuralHammingDistance } from './metrics/index.js';
export type { Evaluation, LatentTable, Samples } from './metrics/index.js';
export { MultimodalCausalModel } from './model/multimodal-causal-model.js';
export type { EncodedTable, EncodeOptions, EncodeRowsOptions, FitInProgress } from './model/multimodal-causal-model.js';
export type { FiguresOptions, ReportOptions, ReportWithFigures, TableOptions } from './background/index.js';
export type { ExportFormat, ExportOptions } from './exchange/write.js';
export type { DeviceOptions, FitOptions } from './fit/fit-run.js';
export type { Latents, ModalityPosterior } from './inference/model-latents.js';
export type { ResultCell, ResultColumn, ResultTable, TableName } from './interpretation/index.js';
export type { ModalityShift, Replication } from './replication/index.js';
export type { OutOfFoldLatents } from './inference/model-latents.js';
export {
  comparisonHtml,
  graphSvg,
  readStudyParts,
  selectionSvg,
  workOnShards,
  writeFigures,
  writeSimulation,
  writeTable,
} from './model/on-demand.js';
export { compareMethods, methodComparisonHtml } from './comparison/on-demand.js';
export type { CompareMethodsOptions, RunnerMethod } from './comparison/on-demand.js';
export type { ComparedFit } from './comparison/compare.js';
export type { MethodModality, MethodSubjects, FunctionMethod } from './comparison/function-method.js';
export type { ComparedMethod, Comparison } from './comparison/schema.js';
export type { Figure, FigureFormat, FigureList, FigureWidth, WriteFiguresOptions } from './report/figures/index.js';
export type { OutputColumn } from './files/csv-text.js';
export type { WorkerOptions } from './background/shards.js';
export type { ShardOptions } from './distributed/shard-options.js';
export { readDiscovery } from './report/html/discovery.js';
export type { ComparedRun, ArrayFigures, ReportDiscovery } from './report/index.js';
export type { Quality, Warning } from './quality/index.js';
export type { BuildInfo } from './runtime/addon.js';
export type { CudaDevice, CudaProblem } from './runtime/cuda-probe.js';
export type { DeviceChoice, DeviceName, MatmulPrecision } from './runtime/device.js';
export { devices } from './runtime/devices.js';
export type { DeviceReport } from './runtime/devices.js';
export { buildInfo } from './runtime/native.js';
export type { Logger } from './runtime/logger.js';
export type { FitSettings } from './training/config.js';
export { LockedFolder } from './training/locked-folder.js';
export type { FitProgress } from './training/stage-runner.js';
export type { RunSummary } from './training/run-folder.js';
export type {
  LatentSelection,
  ModalitySelection,
  SelectionOptions,
  SelectionProgress,
} from './selection/select-latents.js';
export type { EpochMetrics, RestartFailure } from './training/training-state.js';
