// Style and script of a report's page, which scripts/build-web.mjs puts in.

/** Text of dist/report.js and dist/report.css. */
declare const INTERLATENT_REPORT: { readonly script: string; readonly style: string };

export async function pageAssets(): Promise<{ readonly script: string; readonly style: string }> {
  return INTERLATENT_REPORT;
}
