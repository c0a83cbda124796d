// src/models/subspace-kinds.ts
var SUBSPACE_KINDS = ["network", "linear", "residual", "correlation"];

export {
  SUBSPACE_KINDS
};
