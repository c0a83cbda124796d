import {
  matrixIn,
  readTenx,
  tenxFiles
} from "./chunk-LJUSR5NV.js";
import "./chunk-EKSDVM6Y.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  matrixIn,
  readTenx,
  tenxFiles
};
