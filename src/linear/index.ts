// Linear methods between modalities, each with k dimensions of a modality: principal components, partial least squares,
// canonical correlation, and reduced-rank regression.

export { chooseGaussian, hiddenFolds, type ChosenGaussian } from './choose-gaussian.js';
export { centredMatrix, joinColumns, columnMeans, principalComponents, type Components } from './components.js';
export { LINEAR_METHODS, linearMethods, type LinearMethod, type LinearMethodName } from './comparison.js';
export { fitGaussian, Gaussian, type PartialTable } from './gaussian.js';
export { leastSquares } from './prediction.js';
export { fastIca, negentropy, unmix, type FastIcaOptions, type Unmixing } from './fast-ica.js';
export { groupFactors, type GroupFactorOptions, type GroupFactors } from './group-factors.js';
