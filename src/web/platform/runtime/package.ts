// The version, which the bundle was made with; a page has no package beside it.

/** Put in by scripts/build-web.mjs. */
declare const INTERLATENT_VERSION: string;

export const version: string = INTERLATENT_VERSION;

/** What our JavaScript runs in. */
export const engine = 'browser';

/** There is none; what would read it is not called in a page. */
export const packageRoot = '';
