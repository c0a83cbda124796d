import {
  EXPORT_FORMATS,
  writeExport
} from "./chunk-G5YCRF76.js";
import "./chunk-ZELYQSGK.js";
import "./chunk-YWRIRJVC.js";
import "./chunk-UXQCCETH.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-GSAH76ZL.js";
import "./chunk-UMUYITRH.js";
import "./chunk-FL3EIQQG.js";
import "./chunk-HKABEZMM.js";
import "./chunk-G3ZUGG2R.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-RANRHDGW.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-G6NLOZXM.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  EXPORT_FORMATS,
  writeExport
};
