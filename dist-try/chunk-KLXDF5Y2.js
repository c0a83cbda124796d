import {
  rescale
} from "./chunk-4KA5CTVY.js";
import {
  Inference,
  MissingSampler,
  componentJacobians,
  fillGaps,
  positionsOfLatents
} from "./chunk-WM45JIKL.js";
import {
  MISSING_CENTRE
} from "./chunk-2LFYMM5I.js";
import {
  latentLayout,
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  presenceOf
} from "./chunk-UMUYITRH.js";
import {
  valuesPerSubject
} from "./chunk-SG2VJTFE.js";
import {
  block
} from "./chunk-KVCOM63A.js";
import {
  InputError,
  StateError
} from "./chunk-5XKOZ6VI.js";

// src/inference/latent-posterior.ts
async function latentPosterior(latentModel, inference, values, rows, { signal, ...options } = {}) {
  const { model } = latentModel;
  const layout = latentLayout(model.modalities);
  const [read] = await inference.posterior(values, rows, signal);
  const encoded = encoderPosterior(latentModel, layout, read, rows);
  const present = values.map(
    (modality, m) => presenceOf({ ...modality, columns: { length: valueCount(model.modalities[m].observation) } })
  );
  if (present.every((mask) => !mask.includes(0))) return { ...encoded, present };
  return { ...await withMissing(latentModel, layout, encoded, present, options), present };
}
async function withMissing({ missing, parameters, sampler }, layout, encoded, present, options) {
  if (!parameters.has(MISSING_CENTRE)) {
    throw new InputError(
      "cannot-infer",
      "Subjects lack a modality, and this model was saved by a version that could not infer latents from other modalities; fit it again, or leave these subjects out."
    );
  }
  const existing = sampler?.();
  const infers = existing ?? new MissingSampler(layout, missing, parameters, options);
  try {
    const inferred = await infers.infer({ values: encoded.mean, present });
    const sd = inferred.sd.map((value, at) => {
      const row = Math.floor(at / layout.latents);
      return present[layout.modalityOf[at % layout.latents]][row] === 1 ? encoded.sd[at] : value;
    });
    return { mean: inferred.mean, sd };
  } finally {
    if (!existing) await infers.dispose();
  }
}
function encoderPosterior({ model, parameters }, layout, read, rows) {
  const { latents, offsets, modalities } = layout;
  const width = (read.length / rows - latents) / 2;
  const entries = positionsOfLatents(layout);
  const jacobians = model.componentMap > 0 ? componentJacobians(parameters, layout) : void 0;
  const mean = new Float32Array(rows * latents);
  const variance = new Float64Array(rows * latents);
  for (let row = 0; row < rows; row++) {
    const values = read.subarray(row * (latents + 2 * width), (row + 1) * (latents + 2 * width));
    mean.set(values.subarray(0, latents), row * latents);
    for (const [m, { latents: d }] of modalities.entries()) {
      const at = entries[offsets[m]];
      const variances = values.subarray(latents + width + at, latents + width + at + d).map(Math.exp);
      const jacobian = jacobians?.[m](Float64Array.from(values.subarray(latents + at, latents + at + d)));
      for (let i = 0; i < d; i++) {
        variance[row * latents + offsets[m] + i] = jacobian ? variances.reduce((sum, value, j) => sum + jacobian[i * d + j] ** 2 * value, 0) : variances[i];
      }
    }
  }
  return { mean, sd: Float32Array.from(sharedVariances(model, layout, variance), Math.sqrt) };
}
function sharedVariances({ shared }, layout, variance) {
  if (!shared) return variance;
  const { latents, offsets, modalities } = layout;
  for (let row = 0; row < variance.length / latents; row++) {
    for (let k = 1; k <= shared.latents; k++) {
      const copies = shared.modalities.map((m) => row * latents + offsets[m] + modalities[m].latents - k);
      const total = copies.reduce((sum, at) => sum + variance[at], 0);
      for (const at of copies) variance[at] = total / copies.length ** 2;
    }
  }
  return variance;
}

// src/inference/model-latents.ts
var ModelLatents = class {
  #fitted;
  #scales;
  #options;
  #inference;
  #sampler;
  #disposed = false;
  /** @param scales scales of the modalities, in the order of the model */
  constructor(fitted, scales, options) {
    this.#fitted = fitted;
    this.#scales = scales;
    this.#options = options;
    this.#inference = new Inference(fitted.model, 1, fitted.parameters, options);
  }
  /** Returns the modalities of the model among these names; all of them, as missing, if there is none. */
  select(names) {
    const selected = this.#scales.filter(({ name }) => names === void 0 || names.includes(name));
    this.#checkShared(selected.map(({ name }) => name));
    return selected.length > 0 ? selected : this.#scales;
  }
  /** Returns posterior means; they are inferred if a subject lacks the modality. */
  async encode(selected, values, rows, signal) {
    const isAbsent = values.some((modality, i) => presenceOf({ ...selected[i], ...modality }).includes(0));
    if (isAbsent) {
      const posterior = await this.posterior(selected, values, rows, signal);
      return Object.fromEntries(selected.map(({ name }) => [name, posterior[name].mean]));
    }
    const [encoded] = await this.#inference.encode(await this.known(selected, values, rows), rows, signal);
    const latents = this.#split(encoded, rows, (m) => m.latents);
    return Object.fromEntries(selected.map(({ name }) => [name, latents[name]]));
  }
  async posterior(selected, values, rows, signal) {
    const { model } = this.#fitted;
    const all = await this.known(selected, values, rows);
    const fitted = { ...this.#fitted, sampler: () => this.#missingSampler() };
    const { mean, sd, present } = await latentPosterior(fitted, this.#inference, all, rows, {
      ...this.#options,
      signal
    });
    const means = this.#split(mean, rows, (m) => m.latents);
    const sds = this.#split(sd, rows, (m) => m.latents);
    const inferred = new Map(model.modalities.map(({ name }, m) => [name, present[m].map((there) => 1 - there)]));
    return Object.fromEntries(
      selected.map(({ name }) => [name, { mean: means[name], sd: sds[name], inferred: inferred.get(name) }])
    );
  }
  /** Returns values of all modalities of the model. @param selected modalities of `values`; all other ones are missing */
  inOrder(selected, values, rows) {
    const byName = new Map(selected.map(({ name }, i) => [name, values[i]]));
    return this.#scales.map((scales) => {
      const size = rows * valuesPerSubject(scales);
      return byName.get(scales.name) ?? { values: new Float32Array(size), observed: new Uint8Array(size) };
    });
  }
  /** Does the same as `inOrder` for a data set in its original units. @throws what `rescale` and `select` throw */
  ofDataset(dataset) {
    const selected = this.select(dataset.modalities.map(({ name }) => name));
    return this.inOrder(selected, rescale(dataset, selected), dataset.ids.length);
  }
  /** Does the same as `inOrder`, and fills the gaps that encoders have no mask for. */
  async known(selected, values, rows) {
    const { model, gaussian } = this.#fitted;
    const reconstruct = async (some, count) => {
      const [all] = await this.#inference.reconstruct(some, count);
      return all;
    };
    return fillGaps({ model, scales: this.#scales, gaussian, reconstruct }, this.inOrder(selected, values, rows), rows);
  }
  /** Refuses to leave out a modality with shared latents, since these are means over all modalities that observe them. */
  #checkShared(selected) {
    const { shared, modalities } = this.#fitted.model;
    const sharing = shared?.modalities.map((position) => modalities[position].name) ?? [];
    const lacking = sharing.find((name) => !selected.includes(name));
    if (lacking === void 0 || !sharing.some((name) => selected.includes(name))) return;
    throw new InputError(
      "modality-mismatch",
      `The latents shared by ${sharing.join(", ")} are a mean over these modalities: "${lacking}" cannot be left out.`,
      { modality: lacking }
    );
  }
  /** Returns x̂ of all modalities. @param values values of all modalities, in the order of the model */
  async reconstruct(values, rows) {
    const [all] = await this.#inference.reconstruct(await this.known(this.#scales, values, rows), rows);
    return this.#split(all, rows, (m) => valueCount(m.observation));
  }
  /** Number of bytes of the programs created so far. */
  get nativeBytes() {
    return this.#inference.nativeBytes + (this.#sampler?.nativeBytes ?? 0);
  }
  async dispose() {
    this.#disposed = true;
    await Promise.all([this.#inference.dispose(), this.#sampler?.dispose()]);
  }
  #missingSampler() {
    if (this.#disposed) throw new StateError("disposed", "This model was disposed; load or fit it again.");
    const { model, missing, parameters } = this.#fitted;
    this.#sampler ??= new MissingSampler(latentLayout(model.modalities), missing, parameters, this.#options);
    return this.#sampler;
  }
  #split(all, rows, width) {
    const { modalities } = this.#fitted.model;
    const columns = modalities.reduce((sum, m) => sum + width(m), 0);
    let first = 0;
    return Object.fromEntries(
      modalities.map((m) => {
        const from = first;
        first += width(m);
        const part = block({ values: all, rows, columns }, from, first);
        return [m.name, Float32Array.from(part.values)];
      })
    );
  }
};

export {
  ModelLatents
};
