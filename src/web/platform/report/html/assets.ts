// Style and script of a report's page, which scripts/build-web.mjs puts in.

/** Text of dist/report.js and dist/report.css. */
declare const INTERLATENT_REPORT: { readonly script: string; readonly style: string };

export function pageAssets(): typeof INTERLATENT_REPORT {
  return INTERLATENT_REPORT;
}
