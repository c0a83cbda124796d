import {
  gaussianAnswers,
  gaussianParameters,
  joinedDraws,
  measuredColumns,
  measuredTable,
  savedGaussian
} from "./chunk-NIVKGFF2.js";
import "./chunk-G45XYAMO.js";
import "./chunk-64LFUNOM.js";
import "./chunk-UMUYITRH.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-RANRHDGW.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  gaussianAnswers,
  gaussianParameters,
  joinedDraws,
  measuredColumns,
  measuredTable,
  savedGaussian
};
