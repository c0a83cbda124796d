import {
  hasRun,
  readRun,
  removeSummary,
  writeRun
} from "./chunk-E6KEIPMP.js";
import "./chunk-EXJUDJM4.js";
import "./chunk-SWQNJAYC.js";
import "./chunk-X424OCCA.js";
import "./chunk-G45XYAMO.js";
import "./chunk-64LFUNOM.js";
import "./chunk-2LFYMM5I.js";
import "./chunk-UXQCCETH.js";
import "./chunk-SPMNODIT.js";
import "./chunk-TSXIGEL7.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-NXYYD655.js";
import "./chunk-K4RJR7JR.js";
import "./chunk-BEDVLV23.js";
import "./chunk-4FPRHE4L.js";
import "./chunk-GSAH76ZL.js";
import "./chunk-NILIBJ27.js";
import "./chunk-JTGBNCRO.js";
import "./chunk-UMUYITRH.js";
import "./chunk-FL3EIQQG.js";
import "./chunk-HKABEZMM.js";
import "./chunk-G3ZUGG2R.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-Q3ILZ3SP.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  hasRun,
  readRun,
  removeSummary,
  writeRun
};
