import {
  ColumnBuilder
} from "./chunk-7BQBI4IZ.js";

// src/files/value-columns.ts
function columnOfValues({ name, length, at }, { text, numberOf }) {
  const reader = numberOf?.(name);
  if (text?.includes(name)) {
    const texts = new Array(length);
    for (let row = 0; row < length; row++) texts[row] = textOf(at(row));
    return { name, kind: "text", texts };
  }
  const first = length > 0 ? at(0) : 0;
  if (typeof first === "string" && reader !== void 0) {
    const builder = new ColumnBuilder(name, { numberOf: reader });
    for (let row = 0; row < length; row++) builder.addText(textOf(at(row)));
    return builder.finish();
  }
  if (typeof first === "string") return { name, kind: "text", firstText: { row: 1, text: first } };
  const numbers = new Float64Array(length);
  for (let row = 0; row < length; row++) numbers[row] = Number(at(row));
  return { name, kind: "number", numbers };
}
function textOf(value) {
  return Number.isNaN(value) ? "" : String(value);
}

export {
  columnOfValues
};
