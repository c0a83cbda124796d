// Names of the built-in methods, in the order of their table. The command line reads them without loading the methods.

export const METHOD_NAMES = ['ours', 'pca', 'pls', 'cca', 'rrr', 'fa', 'ica'] as const;
export type MethodName = (typeof METHOD_NAMES)[number];
