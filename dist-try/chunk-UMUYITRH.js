import {
  subjectsOf,
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";

// src/data/presence.ts
function presenceOf(modality) {
  const { observed, stored } = modality;
  const size = valuesPerSubject(modality);
  const subjects = subjectsOf(modality, size);
  if (stored?.present) return stored.present;
  const present = new Uint8Array(subjects);
  if (!observed) return present.fill(1);
  for (let row = 0; row < subjects; row++) {
    for (let at = row * size; at < (row + 1) * size; at++) {
      if (observed[at] === 0) continue;
      present[row] = 1;
      break;
    }
  }
  return present;
}
function presence(modalities) {
  const all = modalities.map(presenceOf);
  return all.some((present) => present.includes(0)) ? all : void 0;
}
function patternsOf(names, present) {
  const counts = /* @__PURE__ */ new Map();
  const isSameAsPrevious = (subject) => present.every((has) => has[subject] === has[subject - 1]);
  let pattern;
  for (let subject = 0; subject < present[0].length; subject++) {
    if (pattern === void 0 || !isSameAsPrevious(subject)) {
      const modalities = names.filter((_, m) => present[m][subject] === 1);
      const key = modalities.join();
      pattern = counts.get(key) ?? { modalities, subjects: 0 };
      counts.set(key, pattern);
    }
    pattern.subjects++;
  }
  return [...counts.values()].sort((a, b) => b.subjects - a.subjects);
}

export {
  presenceOf,
  presence,
  patternsOf
};
