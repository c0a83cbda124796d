// src/data/dataset.ts
var MODALITY_NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
function isModalityName(name) {
  return MODALITY_NAME.test(name);
}
function scalesOf({
  name,
  columns,
  regularArray,
  transform,
  covariates,
  levels
}) {
  return {
    name,
    columns,
    ...regularArray && { regularArray },
    ...transform && { transform },
    ...covariates && { covariates },
    ...levels && { levels }
  };
}

export {
  MODALITY_NAME,
  isModalityName,
  scalesOf
};
