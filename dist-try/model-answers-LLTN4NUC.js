import {
  ModelLatents
} from "./chunk-KLXDF5Y2.js";
import {
  arrayFigures,
  examineSubjects,
  reportHtml,
  subjectFacts
} from "./chunk-KUR6R6OT.js";
import {
  GenerativeModel,
  counterfactuals,
  generateSubjects,
  imputedCells,
  intervene,
  interventionGrid,
  missingCells,
  predictedCells,
  rowsOf
} from "./chunk-B42SLYE6.js";
import {
  savedGaussian
} from "./chunk-NIVKGFF2.js";
import "./chunk-FG3AXMFF.js";
import "./chunk-4KA5CTVY.js";
import "./chunk-WM45JIKL.js";
import "./chunk-YWRIRJVC.js";
import "./chunk-SWQNJAYC.js";
import "./chunk-X424OCCA.js";
import "./chunk-G45XYAMO.js";
import "./chunk-64LFUNOM.js";
import "./chunk-2LFYMM5I.js";
import "./chunk-UXQCCETH.js";
import {
  receivedDevice
} from "./chunk-SPMNODIT.js";
import {
  nativeProblem
} from "./chunk-TSXIGEL7.js";
import "./chunk-AMU4RVW4.js";
import "./chunk-NXYYD655.js";
import "./chunk-BEDVLV23.js";
import "./chunk-4FPRHE4L.js";
import "./chunk-GSAH76ZL.js";
import "./chunk-IUJG3VP5.js";
import "./chunk-NILIBJ27.js";
import "./chunk-JTGBNCRO.js";
import "./chunk-UMUYITRH.js";
import "./chunk-HKABEZMM.js";
import "./chunk-G3ZUGG2R.js";
import "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import "./chunk-RANRHDGW.js";
import "./chunk-Q3ILZ3SP.js";
import "./chunk-F6TOTGVU.js";
import "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import "./chunk-M3N6CUHU.js";
import "./chunk-ICW2EB24.js";
import "./chunk-E6FIFJ2Q.js";
import "./chunk-AOVPGM7J.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/background/model-answers.ts
var ModelAnswers = class {
  #run;
  #options;
  #latents;
  /** Created by the first question. A fit with images or a cyclic graph has a report, but no answers. */
  #created;
  /** Interventions of the report, which do not depend on its subjects. */
  #grid;
  constructor({ run, device }) {
    const { summary, parameters } = run;
    this.#run = run;
    this.#options = { threads: 1, device: receivedDevice(device) };
    const fitted = { model: summary.model, missing: summary.config, parameters };
    this.#latents = new ModelLatents(
      { ...fitted, gaussian: () => savedGaussian(parameters) },
      summary.columns,
      this.#options
    );
  }
  async intervene(setting, options, hooks) {
    return intervene(this.#generative, setting, { ...options, ...hooks });
  }
  async *counterfactual(dataset, setting, { subjects, ...options }, hooks) {
    const values = this.#latents.ofDataset(dataset);
    const rows = rowsOf(dataset, subjects);
    yield* counterfactuals(this.#generative, { values, rows }, setting, { ...options, ...hooks });
  }
  async *impute(dataset, { subjects, ...options }, hooks) {
    const values = this.#latents.ofDataset(dataset);
    const wants = missingCells(values);
    const cells = { values, rows: rowsOf(dataset, subjects), wants };
    yield* answered(imputedCells(this.#generative, cells, { ...options, ...hooks }));
  }
  async *predict(dataset, { from, to, subjects, ...options }, hooks) {
    const cells = predictedCells(this.#run.summary, this.#latents.ofDataset(dataset), { from, to });
    const rows = rowsOf(dataset, subjects);
    yield* answered(imputedCells(this.#generative, { ...cells, rows }, { ...options, ...hooks }));
  }
  async generate(subjects, options, hooks) {
    return generateSubjects(this.#generative, subjects, { ...options, ...hooks });
  }
  async report({ study, discovery, command, showSubjects = false, outOfFold }, { signal }) {
    const { summary, parameters, graph, history } = this.#run;
    const model = { summary, parameters, latents: this.#latents, options: this.#options };
    const subjects = study && { ...await examineSubjects(study, model), showSubjects, outOfFold };
    signal?.throwIfAborted();
    const interventions = await this.#interventions(signal);
    signal?.throwIfAborted();
    const input = {
      ...{ summary, graph, history, interventions },
      ...subjects && { subjects },
      ...discovery && { discovery },
      ...command !== void 0 && { command }
    };
    const facts = subjectFacts(input);
    return { html: await reportHtml(input, facts), regularArrays: arrayFigures(facts?.regularArrays ?? []) };
  }
  /** Returns the bytes of the native programs created so far. */
  nativeBytes() {
    return this.#latents.nativeBytes + (this.#created?.nativeBytes ?? 0);
  }
  async dispose() {
    await Promise.all([this.#latents.dispose(), this.#created?.dispose()]);
  }
  get #generative() {
    this.#created ??= new GenerativeModel(this.#run.summary, this.#run.parameters, this.#options);
    return this.#created;
  }
  /** Returns the effects of interventions as `intervene` computes them by default. */
  async #interventions(signal) {
    if (nativeProblem()) return { refused: "The native library, which computes answers, is missing here." };
    try {
      this.#grid ??= await interventionGrid(this.#generative, signal);
      return this.#grid;
    } catch (error) {
      if (error instanceof InputError) return { refused: error.message };
      throw error;
    }
  }
};
async function* answered(cells) {
  for await (const { column, ...cell } of cells) yield { ...cell, at: column.at };
}
export {
  ModelAnswers
};
