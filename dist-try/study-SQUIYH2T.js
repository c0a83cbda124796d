import {
  openStudy,
  readStudy
} from "./chunk-CT53P3XR.js";
import "./chunk-IUJG3VP5.js";
import "./chunk-NILIBJ27.js";
import "./chunk-JTGBNCRO.js";
import "./chunk-UMUYITRH.js";
import "./chunk-GI75JVMK.js";
import "./chunk-RANRHDGW.js";
import "./chunk-Q3ILZ3SP.js";
import "./chunk-WBOZL6F2.js";
import "./chunk-F6TOTGVU.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import "./chunk-WYVUSRPB.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-HERB24DL.js";
import "./chunk-7BQBI4IZ.js";
import "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  openStudy,
  readStudy
};
