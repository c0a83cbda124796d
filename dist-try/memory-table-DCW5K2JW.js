import {
  isArrow,
  readMemoryTable
} from "./chunk-CSHDVSQV.js";
import "./chunk-7BQBI4IZ.js";
import "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  isArrow,
  readMemoryTable
};
