import {
  readStudyFile
} from "./chunk-2LBJYOAA.js";
import "./chunk-OCGSDM4G.js";
import "./chunk-K4RJR7JR.js";
import "./chunk-BEDVLV23.js";
import "./chunk-4FPRHE4L.js";
import "./chunk-GSAH76ZL.js";
import "./chunk-6C4MYLLH.js";
import "./chunk-UMUYITRH.js";
import "./chunk-3DKZTM3K.js";
import "./chunk-G3ZUGG2R.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-WBOZL6F2.js";
import "./chunk-F6TOTGVU.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WYVUSRPB.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-HERB24DL.js";
import "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-YMIDNFC3.js";
import "./chunk-7BQBI4IZ.js";
import "./chunk-DQEBVLKK.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";
export {
  readStudyFile
};
