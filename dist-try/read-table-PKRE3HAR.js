import {
  TABLE_EXTENSIONS,
  formatOf,
  readTable,
  readTableParts,
  writeTable
} from "./chunk-6C4MYLLH.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  TABLE_EXTENSIONS,
  formatOf,
  readTable,
  readTableParts,
  writeTable
};
