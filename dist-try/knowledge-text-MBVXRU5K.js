import "./chunk-X424OCCA.js";
import "./chunk-64LFUNOM.js";
import "./chunk-SPMNODIT.js";
import "./chunk-TSXIGEL7.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-NXYYD655.js";
import {
  YamlError,
  readYaml
} from "./chunk-OCGSDM4G.js";
import {
  parseKnowledge
} from "./chunk-4FPRHE4L.js";
import "./chunk-JTGBNCRO.js";
import "./chunk-HKABEZMM.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-KVCOM63A.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/cli/knowledge-text.ts
function readKnowledgeText(text, path) {
  try {
    return parseKnowledge(readYaml(text).value, path);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const place = cause.place === void 0 ? path : `${path}:${cause.place}`;
    throw new InputError("invalid-knowledge", `${place}: neither YAML nor JSON: ${cause.message}`, { path }, cause);
  }
}
export {
  readKnowledgeText
};
