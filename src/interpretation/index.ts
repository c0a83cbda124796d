// What a fit says to a person who wants to interpret it, as tables.

export {
  outOfFoldLatents,
  subjectsOf,
  type InterpretationInput,
  type RefitLatents,
  type TableSettings,
} from './input.js';
export { outputColumns, resultTable, type ResultCell, type ResultColumn, type ResultTable } from './result-table.js';
export { makeTable, RESULT_TABLES, tableNamed, type TableDeclaration, type TableName } from './tables.js';
export { interpret, type Interpreted } from './interpret.js';
