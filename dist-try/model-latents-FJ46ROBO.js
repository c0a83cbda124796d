import {
  ModelLatents
} from "./chunk-KLXDF5Y2.js";
import "./chunk-4KA5CTVY.js";
import "./chunk-WM45JIKL.js";
import "./chunk-YWRIRJVC.js";
import "./chunk-2LFYMM5I.js";
import "./chunk-UXQCCETH.js";
import "./chunk-SPMNODIT.js";
import "./chunk-TSXIGEL7.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-NXYYD655.js";
import "./chunk-GSAH76ZL.js";
import "./chunk-JTGBNCRO.js";
import "./chunk-UMUYITRH.js";
import "./chunk-G3ZUGG2R.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-F6TOTGVU.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-KVCOM63A.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  ModelLatents
};
