// Facts about the package for a page, which cannot read package.json.

/** Version of the package, which scripts/build-web.mjs inserts. */
declare const INTERLATENT_VERSION: string;

export const version: string = INTERLATENT_VERSION;

/** Environment in which the code runs. */
export const engine = 'browser';

/** Empty, because a page has no package folder. The code that reads it is not called in a page. */
export const packageRoot = '';
