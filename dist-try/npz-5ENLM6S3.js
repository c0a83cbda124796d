import {
  decodeNpz,
  encodeNpz,
  readNpz,
  writeNpz
} from "./chunk-Q2G2HBWM.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-7KS7XLQ7.js";
import "./chunk-ICW2EB24.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  decodeNpz,
  encodeNpz,
  readNpz,
  writeNpz
};
