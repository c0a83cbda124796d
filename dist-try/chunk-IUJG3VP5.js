// src/study/adjustment-text.ts
function termReports(terms) {
  const columns = [...new Set(terms.map(({ column }) => column))];
  return columns.map((column) => {
    const own = terms.filter((term) => term.column === column);
    const isNamed = own.some(({ level }) => level !== void 0);
    const shape = isNamed ? "levels" : own.some(({ spline }) => spline) ? "spline" : "line";
    return { column, shape, terms: own.length };
  });
}
function covariateText({ column, shape, terms }) {
  if (shape === "line") return `${column} (straight line)`;
  return shape === "levels" ? `${column} (${terms} levels)` : `${column} (spline of ${terms} terms)`;
}
var ADJUSTMENT_RISKS = [
  "Adjust for a common cause of the modalities, such as age, sex or batch: this removes the association that the common cause creates.",
  "Do not adjust for a mediator, which lies on the path from one modality to the other: this removes what you look for.",
  "Do not adjust for a collider, which both modalities affect (a diagnosis, being in hospital): this creates associations where there are none."
];

export {
  termReports,
  covariateText,
  ADJUSTMENT_RISKS
};
