// Drawings of a fit as stand-alone SVG, and reports: an HTML page about one run, or a comparison of several runs.

export { causalGraphSvg } from './causal-svg.js';
export { graphSvg, type GraphSvgOptions } from './graph-svg.js';
export { examineSubjects, studyFacts } from './examined-subjects.js';
export { arrayFigures, sharedInformation, type ArrayFigures, type SharedInformation } from './facts/array-figures.js';
export { subjectFacts } from './facts/index.js';
export { AGREEMENT } from './facts/agreement.js';
export { choiceOf, type Choice } from './facts/choices.js';
export { edgeStatus, hiddenText, shownGraph } from './facts/edge-status.js';
export { halfSampling } from './facts/half-samples.js';
export { comparisonHtml, type ComparedRun } from './html/comparison.js';
export { readDiscovery } from './html/discovery.js';
export type { ReportDiscovery, ReportInput, ReportSubjects } from './input.js';
export { reportHtml } from './html/report.js';
export { SUBGROUP_TABLES } from './facts/subgroups.js';
export { SURVEY_TABLES } from './html/survey.js';
export { lossSvg, type LossCurve, type LossSvgOptions } from './loss-svg.js';
export { scatterSvg, type ScatterSvgOptions } from './scatter-svg.js';
export { nullSvg } from './null-svg.js';
export { powerSvg } from './power-svg.js';
export { selectionSvg } from './selection-svg.js';
export type { SvgOptions, ThemeName } from './theme.js';
