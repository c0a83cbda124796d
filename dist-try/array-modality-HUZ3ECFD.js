import {
  readArray
} from "./chunk-O3HCEQLA.js";
import {
  decodeSafetensors
} from "./chunk-FL3EIQQG.js";
import "./chunk-HKABEZMM.js";
import {
  AXES,
  MAX_PIXELS,
  checkGrey,
  checkSize,
  codeOf,
  fileStore,
  imageArray,
  mayBeImages,
  memoryStore,
  refused,
  stepsOf,
  unitSeconds
} from "./chunk-3DKZTM3K.js";
import {
  RESIDUAL_WIDTHS,
  STEMS,
  STEM_TAPS,
  residualConvolutions,
  residualProblem
} from "./chunk-G3ZUGG2R.js";
import {
  bytesOf
} from "./chunk-XV7UC2EY.js";
import "./chunk-SF4GQ4IP.js";
import {
  MIN_VALUES,
  checkWidth,
  prefixed,
  rowOptions,
  subjectsOf,
  tableOf,
  tableReport
} from "./chunk-GI75JVMK.js";
import "./chunk-RANRHDGW.js";
import "./chunk-Q3ILZ3SP.js";
import "./chunk-WBOZL6F2.js";
import {
  scalesOf
} from "./chunk-F6TOTGVU.js";
import {
  isStoredFile,
  positionsOf,
  storedNumbers,
  storedScale,
  storedType
} from "./chunk-SG2VJTFE.js";
import "./chunk-HD6DEWUD.js";
import "./chunk-WOWGDU2F.js";
import "./chunk-KVCOM63A.js";
import {
  idName,
  joinsRows,
  subjectIds
} from "./chunk-WYVUSRPB.js";
import {
  isConstant,
  zeros
} from "./chunk-6G5FRIQV.js";
import "./chunk-MX4VZIVR.js";
import "./chunk-HERB24DL.js";
import "./chunk-Q2G2HBWM.js";
import "./chunk-YRABOJSH.js";
import "./chunk-XL2MIJXJ.js";
import {
  makeFolder,
  removeLeftovers,
  writeFileAtomic
} from "./chunk-4UPWP7HX.js";
import "./chunk-M3N6CUHU.js";
import {
  exists,
  sizeOf
} from "./chunk-YMIDNFC3.js";
import {
  loadPeer
} from "./chunk-DBAXBWFB.js";
import "./chunk-7KS7XLQ7.js";
import "./chunk-ICW2EB24.js";
import {
  parseNumber
} from "./chunk-7BQBI4IZ.js";
import "./chunk-D7X6SFN7.js";
import "./chunk-DQEBVLKK.js";
import {
  causeMessage,
  damagedFile,
  readBytes,
  tooLarge
} from "./chunk-E6FIFJ2Q.js";
import {
  didYouMean
} from "./chunk-AOVPGM7J.js";
import {
  InputError,
  InterlatentError
} from "./chunk-5XKOZ6VI.js";
import "./chunk-BPCHXMC3.js";

// src/study/channels.ts
var isMissing = Number.isNaN;
function channelMoments(source, rows, train) {
  const { channels, positions, read } = source;
  const values = new Float64Array(channels * positions);
  const zeros2 = () => new Float64Array(channels);
  const [count, sum, second, third, subjects] = [zeros2(), zeros2(), zeros2(), zeros2(), zeros2()];
  const [min, max] = [zeros2().fill(Infinity), zeros2().fill(-Infinity)];
  const eachObserved = (subject, take) => {
    if (rows[subject] < 0) return;
    read(rows[subject], values);
    for (let channel = 0; channel < channels; channel++) {
      for (let at = channel * positions; at < (channel + 1) * positions; at++) {
        if (!isMissing(values[at])) take(channel, values[at]);
      }
    }
  };
  for (const subject of rows.keys()) {
    eachObserved(subject, (channel, value) => {
      if (value < min[channel]) min[channel] = value;
      if (value > max[channel]) max[channel] = value;
    });
  }
  for (const subject of train) {
    const before = count.slice();
    eachObserved(subject, (channel, value) => {
      count[channel]++;
      sum[channel] += value;
    });
    for (let channel = 0; channel < channels; channel++) if (count[channel] > before[channel]) subjects[channel]++;
  }
  const mean = sum.map((total, channel) => total / count[channel]);
  for (const subject of train) {
    eachObserved(subject, (channel, value) => {
      const deviation = value - mean[channel];
      second[channel] += deviation * deviation;
      third[channel] += deviation * deviation * deviation;
    });
  }
  return Array.from({ length: channels }, (_, c) => {
    const sd = Math.sqrt(second[c] / count[c]);
    const moments = { mean: mean[c], sd, skewness: sd > 0 ? third[c] / count[c] / (sd * sd * sd) : 0 };
    return { ...moments, min: min[c], max: max[c], subjects: subjects[c], isConstant: isConstant(moments) };
  });
}
function encodeChannels({ channels, positions, read }, rows, scales) {
  const width = channels * positions;
  const row = new Float64Array(width);
  const values = zeros(Float32Array, rows.length * width);
  let observed;
  for (const [subject, from] of rows.entries()) {
    if (from < 0) row.fill(NaN);
    else read(from, row);
    const start = subject * width;
    for (let channel = 0; channel < channels; channel++) {
      const { mean, sd } = scales[channel];
      for (let at = channel * positions; at < (channel + 1) * positions; at++) {
        if (isMissing(row[at])) {
          observed ??= zeros(Uint8Array, values.length).fill(1);
          observed[start + at] = 0;
        } else {
          values[start + at] = (row[at] - mean) / sd;
        }
      }
    }
  }
  return { values, ...observed && { observed } };
}

// src/study/stored-channels.ts
import { createHash } from "node:crypto";
function numberMoments(source, rows, train) {
  const { channels, positions, numbers, present, zero, unit } = source;
  const [first, kinds] = storedType(numbers) === "uint8" ? [0, 2 ** 8] : [-(2 ** 15), 2 ** 16];
  const counts = Array.from({ length: channels }, () => new Float64Array(kinds));
  const others = Array.from({ length: channels }, () => new Float64Array(kinds));
  const isTrained = new Uint8Array(rows.length);
  for (const subject of train) isTrained[subject] = 1;
  let subjects = 0;
  rows.forEach((row, subject) => {
    if (row < 0 || present?.[row] === 0) return;
    const own = storedNumbers(numbers, channels * positions, row, 1);
    const target = isTrained[subject] === 1 ? counts : others;
    subjects += isTrained[subject];
    for (let channel = 0; channel < channels; channel++) {
      const table = target[channel];
      for (let at = channel * positions; at < (channel + 1) * positions; at++) table[own[at] - first]++;
    }
  });
  const valueOf = (kind) => (kind + first - zero) / unit;
  return counts.map((own, channel) => {
    const moment = (term) => own.reduce((sum, count, kind) => sum + count * term(valueOf(kind)), 0) / (subjects * positions);
    const mean = moment((value) => value);
    const sd = Math.sqrt(moment((value) => (value - mean) ** 2));
    const third = moment((value) => (value - mean) ** 3);
    const moments = { mean, sd, skewness: sd > 0 ? third / (sd * sd * sd) : 0 };
    const seen = [...own.keys()].filter((kind) => own[kind] + others[channel][kind] > 0);
    const [min, max] = seen.length === 0 ? [Infinity, -Infinity] : [valueOf(seen[0]), valueOf(seen[seen.length - 1])];
    return { ...moments, min, max, subjects, isConstant: isConstant(moments) };
  });
}
async function storeNumbers({ channels, positions, numbers, present, zero, unit }, rows, scales) {
  const width = channels * positions;
  const marks = Uint8Array.from(rows, (row) => row < 0 || present?.[row] === 0 ? 0 : 1);
  const isInOrder = rows.length * width === numbers.length && rows.every((row, i) => row === i || marks[i] === 0);
  const own = isInOrder ? numbers : isStoredFile(numbers) ? await inOrder(numbers, rows, { width, marks }) : selected(numbers, rows, width);
  const code = { zero, unit };
  const stored = { ...code, numbers: own, scale: storedScale(code, scales) };
  return { values: new Float32Array(), stored: marks.includes(0) ? { ...stored, present: marks } : stored };
}
function selected(numbers, rows, width) {
  const size = rows.length * width;
  const own = storedType(numbers) === "uint8" ? zeros(Uint8Array, size) : zeros(Int16Array, size);
  rows.forEach((row, i) => {
    if (row >= 0) own.set(numbers.subarray(row * width, (row + 1) * width), i * width);
  });
  return own;
}
async function inOrder(file, rows, { width, marks }) {
  const order = createHash("sha256").update(rows).update(marks).digest("hex").slice(0, 16);
  const path = file.path.replace(/(\.levels)?$/, `-${order}$1`);
  const size = bytesOf(file.type, width);
  const ordered = { ...file, path, length: rows.length * width };
  if (await sizeOf(path) === bytesOf(file.type, ordered.length)) return ordered;
  const nothing = new Uint8Array(size);
  await writeFileAtomic(path, async (target) => {
    for (const row of rows) {
      const { buffer } = row < 0 ? nothing : storedNumbers(file, width, row, 1);
      await target.write(new Uint8Array(buffer));
    }
  });
  return ordered;
}

// src/study/array-source.ts
var isMissing2 = Number.isNaN;
async function readSources(file, entry, { form, at, texts = [], keep = () => false, columns = [], numberOf }) {
  const sources = [];
  const entries = typeof entry === "string" ? [entry] : entry;
  const place = file.locate([...at, "table"]);
  let before = 0;
  for (const [i, one] of entries.entries()) {
    const path = file.resolveTable(one, [...at, "table", ...typeof entry === "string" ? [] : [i]]);
    const options = { ...rowOptions(file, form, texts), columns, keep, ...numberOf && { numberOf } };
    const table = await atPlace(place, () => file.readTable(path, options));
    const names = subjectsOf(file, form, table, before);
    const empty = names.indexOf("");
    if (empty >= 0) {
      const id = form.recording?.join(", ") ?? (subjectIds(file.config.id, form).column || idName(file.config.id));
      throw new InputError("missing-id", `${place}: row ${empty + 1} of ${path} has no '${id}'; every row needs one`, {
        path,
        row: empty + 1
      });
    }
    sources.push({ table, names });
    before += table.rows;
  }
  return sources;
}
function checkUnique(file, names, at) {
  const seen = /* @__PURE__ */ new Set();
  for (const [row, name] of names.entries()) {
    if (seen.size !== seen.add(name).size) continue;
    throw new InputError(
      "duplicate-id",
      `${file.locate(at)}: ${idName(file.config.id)} ${name} stands in row ${row + 1} and in an earlier one; a subject has one`,
      { id: name, row: row + 1 }
    );
  }
}
async function atPlace(place, run) {
  try {
    return await run();
  } catch (cause) {
    throw prefixed(place, cause);
  }
}
function tableOfSource(file, name, { form, source }) {
  const { ids, channels, tables } = source;
  const marks = channels.map((channel) => ({
    name: channel,
    values: new Float64Array(ids.length),
    holes: new Uint8Array(ids.length)
  }));
  if ("read" in source.values) markMissing(marks, source.values, positionsOf(source.regularArray));
  else for (const { values } of marks) source.values.present?.forEach((mark, row) => values[row] = mark ? 0 : NaN);
  const columns = marks.map(({ values, ...mark }) => ({ ...mark, values: () => values }));
  checkChannels(file, name, columns);
  return {
    name,
    ids,
    columns,
    tables: [tables],
    stacked: [ids.length],
    textColumns: [],
    filtered: 0,
    excluded: [],
    few: 0,
    adjusted: [],
    censored: [],
    id: form.recording ? form.recording.join(", ") : subjectIds(file.config.id, form).description
  };
}
function markMissing(columns, { read }, positions) {
  const values = new Float64Array(columns.length * positions);
  for (let row = 0; row < columns[0].values.length; row++) {
    read(row, values);
    for (const [channel, column] of columns.entries()) {
      let missing = 0;
      for (let at = channel * positions; at < (channel + 1) * positions; at++) if (isMissing2(values[at])) missing++;
      if (missing === positions) column.values[row] = NaN;
      else if (missing > 0) column.holes[row] = 1;
    }
  }
}
function checkChannels(file, name, columns) {
  const empty = columns.filter(({ values }) => values().every(isMissing2)).map((column) => column.name);
  if (empty.length === 0) return;
  throw new InputError(
    "empty-column",
    `${file.locate(["modalities", name])}: '${name}' has no value of ${empty.join(", ")}; leave it out of channels, or look at the files, range and ids`,
    { modality: name, columns: empty }
  );
}

// src/study/residual-weights.ts
import { createHash as createHash2 } from "node:crypto";
var { isFinite } = Number;
var EPSILON = 1e-5;
var IMAGENET = [
  { mean: 0.485, sd: 0.229 },
  { mean: 0.456, sd: 0.224 },
  { mean: 0.406, sd: 0.225 }
];
async function readResidualWeights(path, wanted = {}) {
  const bytes = await readBytes(path);
  const { tensors } = decodeSafetensors(bytes, path);
  const tensor = (name) => {
    const found = tensors.get(name);
    if (found) return found;
    throw new InputError(
      "missing-tensor",
      `${path} has no tensor '${name}'; the weights of resnet18 are named as in torchvision ('conv1.weight', 'layer1.0.bn1.running_var', \u2026)`,
      { path, name }
    );
  };
  const values = (name, shape2) => {
    const { shape: own, data } = tensor(name);
    const problem = { path, name };
    if (own.join() !== shape2.join()) {
      const shapes = `[${own.join(", ")}], expected is [${shape2.join(", ")}]`;
      throw new InputError("wrong-shape", `${path}: tensor '${name}' has shape ${shapes}`, problem);
    }
    if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
      const hint = "weights are float32 or float64; convert them with .float()";
      throw new InputError("unsupported-type", `${path}: tensor '${name}' has whole numbers; ${hint}`, problem);
    }
    if (data.every(isFinite)) return data;
    throw new InputError("not-finite", `${path}: tensor '${name}' has NaN or infinite values`, problem);
  };
  const stem = wanted.stem ?? stemOfTaps(tensor("conv1.weight").shape);
  const shape = { channels: IMAGENET.length, widths: wanted.widths ?? RESIDUAL_WIDTHS, stem };
  const convolutions = residualConvolutions(shape).map(({ name, norm, shape: taps }) => {
    const [gamma, beta, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map(
      (part) => values(`${norm}.${part}`, [taps[0]])
    );
    if (variance.some((own) => own < 0)) {
      const negative = `${norm}.running_var`;
      const reason = `${path}: tensor '${negative}' has negative values, which no variance has`;
      throw new InputError("not-finite", reason, { path, name: negative });
    }
    const scale = Float64Array.from(gamma, (own, i) => own / Math.sqrt(variance[i] + EPSILON));
    const weight = new Float32Array(values(`${name}.weight`, taps));
    const perOutput = weight.length / taps[0];
    for (let at = 0; at < weight.length; at++) weight[at] *= scale[(at - at % perOutput) / perOutput];
    const bias = Float32Array.from(beta, (own, i) => own - mean[i] * scale[i]);
    return [name, { weight, bias }];
  });
  const sha256 = createHash2("sha256").update(bytes).digest("hex");
  return { sha256, stem, convolutions: new Map(convolutions) };
}
function stemOfTaps(shape) {
  return STEMS.find((stem) => STEM_TAPS[stem] === shape.at(-1)) ?? "large";
}
function weightsFor({ sha256, convolutions }, columns, white) {
  const scales = IMAGENET.map((own, c) => ({ own, read: columns[columns.length === 1 ? 0 : c] }));
  return {
    sha256,
    gain: scales.map(({ own, read }) => read.sd / (white * own.sd)),
    bias: scales.map(({ own, read }) => (read.mean / white - own.mean) / own.sd),
    convolution: (name) => convolutions.get(name)
  };
}

// src/study/image-network.ts
async function readImageNetwork(file, name, { weights: entry, ...network }, { source, isFitted }) {
  const { regularArray, channels, white = 1 } = source;
  const at = ["modalities", name, "network"];
  const place = file.locate(at);
  const refused2 = (code, reason) => new InputError(code, `${place}: the network of '${name}' ${reason}`, { modality: name });
  if (network.kind !== "resnet18" || regularArray.kind !== "image") return () => network;
  const path = entry === void 0 ? void 0 : file.resolveTable(entry, [...at, "weights"]);
  const isRead = path !== void 0 && (!isFitted || await exists(path));
  const read = isRead ? await atPlace(file.locate([...at, "weights"]), () => readResidualWeights(path, network)) : void 0;
  const stem = read?.stem ?? network.stem;
  const unfit = residualProblem({ ...network, stem }, regularArray);
  if (unfit) throw refused2("too-small", unfit);
  if (!read) return () => network;
  if (channels.length !== 1 && channels.length !== 3) {
    throw refused2(
      "channel-mismatch",
      `begins with weights of colours; images have 1 channel or 3, not ${channels.length}`
    );
  }
  return ({ columns, moments }) => {
    const [least, most] = [Math.min(...moments.map(({ min }) => min)), Math.max(...moments.map(({ max }) => max))];
    if (!isFitted && (least < 0 || most > white)) {
      throw refused2(
        "not-levels",
        `begins with weights that read levels from 0 (black) to ${white}, these are from ${least} to ${most}; bring them to 0 to 1, or store them as uint8`
      );
    }
    return { ...network, ...stem && { stem }, weights: weightsFor(read, columns, white) };
  };
}

// src/files/inside.ts
import { isAbsolute, relative, resolve } from "node:path";
function pathInside(folder, name, place) {
  const path = resolve(folder, name);
  const within = relative(folder, path);
  if (within !== "" && within.split(/[/\\]/, 1)[0] !== ".." && !isAbsolute(within) && !name.includes("\0")) return path;
  throw new InputError("unsafe-name", `${place}: ${JSON.stringify(name)} is not a file inside ${folder}; correct it`, {
    name
  });
}

// src/images/collect-images.ts
async function collectImages(rows, { keep, concurrency, decode, set, onProgress }) {
  const present = new Uint8Array(rows);
  const problems = [];
  const heights = new Extremes();
  const widths = new Extremes();
  const attempt = async (row) => {
    try {
      return await decode(row);
    } catch (error) {
      if (error instanceof InterlatentError && error.code !== "missing-peer") return error;
      throw error;
    }
  };
  for (let start = 0; start < rows; start += concurrency) {
    const some = Array.from({ length: Math.min(concurrency, rows - start) }, (_, i) => attempt(start + i));
    for (const [i, image] of (await Promise.all(some)).entries()) {
      const row = start + i;
      if (image === void 0) continue;
      if (image instanceof InterlatentError) {
        if (!keep) throw image;
        problems.push({ row, error: image });
        continue;
      }
      set(row, image.intensities);
      present[row] = 1;
      heights.add(image.height);
      widths.add(image.width);
    }
    onProgress?.(Math.min(start + concurrency, rows));
  }
  if (problems.length > 0 && !present.includes(1)) throw problems[0].error;
  return {
    unusable: problems.map(({ row, error: { code, message } }) => ({ row, code, reason: message })),
    heights: heights.range,
    widths: widths.range,
    present
  };
}
var Extremes = class {
  #min = Infinity;
  #max = -Infinity;
  add(value) {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }
  get range() {
    return [this.#min, this.#max];
  }
};

// src/images/resample.ts
var LOBES = 3;
function resample({ values, height, width }, form) {
  const scale = form.crop === "none" ? 0 : Math.min(height / form.height, width / form.width);
  const rows = weightsOf(height, form.height, scale);
  const columns = weightsOf(width, form.width, scale);
  const across = new Float64Array(height * form.width);
  for (let y = rows.from; y < rows.to; y++) {
    for (let x = 0; x < form.width; x++) {
      const { first, weights } = columns.each[x];
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * values[y * width + first + i];
      across[y * form.width + x] = sum;
    }
  }
  return Float32Array.from({ length: form.height * form.width }, (_, at) => {
    const { first, weights } = rows.each[Math.floor(at / form.width)];
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i] * across[(first + i) * form.width + at % form.width];
    return sum;
  });
}
function weightsOf(size, wanted, scale) {
  const step = scale === 0 ? size / wanted : scale;
  const start = (size - step * wanted) / 2;
  const [from, to] = [Math.max(0, Math.floor(start + 1e-9)), Math.min(size, Math.ceil(start + step * wanted - 1e-9))];
  const stretch = Math.max(1, step);
  const each = Array.from({ length: wanted }, (_, at) => {
    const centre = start + (at + 0.5) * step - 0.5;
    const first = Math.max(from, Math.ceil(centre - LOBES * stretch));
    const last = Math.min(to - 1, Math.floor(centre + LOBES * stretch));
    const weights = Float64Array.from({ length: last - first + 1 }, (__, i) => lanczos((first + i - centre) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
  return { from, to, each };
}
function lanczos(x) {
  const angle = Math.PI * x;
  if (Math.abs(x - Math.round(x)) < 1e-9) return Math.round(x) === 0 ? 1 : 0;
  return Math.abs(x) >= LOBES ? 0 : LOBES * Math.sin(angle) * Math.sin(angle / LOBES) / angle ** 2;
}

// src/images/dicom.ts
var PREFIX = "DICM";
var PREFIX_AT = 128;
var SYNTAXES = {
  "1.2.840.10008.1.2": true,
  "1.2.840.10008.1.2.1": true,
  "1.2.840.10008.1.2.2": false
};
var DEFLATED = "1.2.840.10008.1.2.1.99";
var TAGS = {
  syntax: "x00020010",
  samples: "x00280002",
  photometric: "x00280004",
  planar: "x00280006",
  frames: "x00280008",
  rows: "x00280010",
  columns: "x00280011",
  allocated: "x00280100",
  stored: "x00280101",
  high: "x00280102",
  signed: "x00280103",
  intercept: "x00281052",
  slope: "x00281053",
  pixels: "x7fe00010"
};
async function importParser() {
  const module = await import("dicom-parser");
  return module.default ?? module;
}
function isDicom(bytes) {
  return Buffer.from(bytes.subarray(PREFIX_AT, PREFIX_AT + PREFIX.length)).toString("latin1") === PREFIX;
}
async function decodeDicom(bytes, form, path, load = importParser) {
  const { parseDicom } = await loadPeer("dicom-parser", "DICOM files are", load);
  const header = readHeader(parseDicom, bytes, path);
  const { height, width, samples } = header;
  checkSize(header, form, path);
  const count = height * width * samples;
  const needed = count * header.allocated / 8;
  if (header.start + needed > bytes.length) {
    throw damagedFile(path, `it claims ${needed} bytes of pixels and has ${Math.max(0, bytes.length - header.start)}`);
  }
  const stored = storedValues(bytes, header);
  if (samples === 3) {
    const pixels = height * width;
    const colours = Uint8Array.from(
      { length: count },
      (_, at) => stored(header.isPlanar ? at % 3 * pixels + Math.floor(at / 3) : at)
    );
    return { colours, height, width };
  }
  checkGrey(form, path);
  const { slope, intercept } = header;
  const ends = header.isSigned ? -1 : 2 ** header.stored - 1;
  const isMirrored = header.photometric === "MONOCHROME1";
  const values = Float32Array.from({ length: count }, (_, at) => {
    const value = stored(at);
    return slope * (isMirrored ? ends - value : value) + intercept;
  });
  return { intensities: resample({ values, height, width }, form), height, width };
}
function readHeader(parseDicom, bytes, path) {
  try {
    return headerOf(parsed(parseDicom, bytes, path), path);
  } catch (thrown) {
    if (thrown instanceof InterlatentError) throw thrown;
    const inner = typeof thrown === "object" && thrown !== null && "exception" in thrown ? thrown.exception : thrown;
    throw damagedFile(path, typeof inner === "string" ? inner : causeMessage(inner), thrown);
  }
}
function parsed(parseDicom, bytes, path) {
  const seen = { deflated: false };
  try {
    return parseDicom(bytes, {
      untilTag: TAGS.pixels,
      // Inflated content may have any size.
      inflater: () => {
        seen.deflated = true;
        throw new Error("deflated");
      }
    });
  } catch (thrown) {
    throw seen.deflated ? compressed(DEFLATED, path) : thrown;
  }
}
function headerOf(data, path) {
  const syntax = data.string(TAGS.syntax) ?? "";
  if (!Object.hasOwn(SYNTAXES, syntax)) throw compressed(syntax, path);
  const number2 = (tag, name) => {
    const value = data.uint16(tag);
    if (value === void 0) throw damagedFile(path, `${name} is missing`);
    return value;
  };
  const decimal = (tag, name, otherwise) => {
    if (data.string(tag) === void 0) return otherwise;
    const value = data.floatString(tag);
    if (value === void 0 || !Number.isFinite(value)) throw damagedFile(path, `${name} is not a number`);
    return value;
  };
  const [height, width] = [number2(TAGS.rows, "Rows"), number2(TAGS.columns, "Columns")];
  const samples = data.uint16(TAGS.samples) ?? 1;
  const photometric = data.string(TAGS.photometric) ?? "";
  const allocated = number2(TAGS.allocated, "Bits Allocated");
  const stored = data.uint16(TAGS.stored) ?? allocated;
  const high = data.uint16(TAGS.high) ?? stored - 1;
  const pixels = data.elements[TAGS.pixels];
  if (!pixels) throw damagedFile(path, "it has no pixels");
  if (height === 0 || width === 0) throw damagedFile(path, `it has ${width} \xD7 ${height} pixels`);
  const frames = decimal(TAGS.frames, "Number of Frames", 1);
  if (frames !== 1)
    throw refused("unsupported-type", path, `has ${frames} frames; only files with one image are supported`);
  const isColour = photometric === "RGB" && samples === 3 && allocated === 8;
  const isGrey = /^MONOCHROME[12]$/.test(photometric) && samples === 1 && (allocated === 8 || allocated === 16);
  if (!isColour && !isGrey) {
    throw refused(
      "unsupported-type",
      path,
      `has ${photometric || "pixels"} of ${samples} \xD7 ${allocated} bits; supported are MONOCHROME1 and MONOCHROME2 of 8 and 16 bits and RGB of 8`
    );
  }
  if (stored < 1 || stored > allocated || high !== stored - 1) {
    throw refused("unsupported-type", path, `has values of ${stored} bits up to bit ${high} of ${allocated}`);
  }
  return {
    ...{ height, width, samples, photometric, allocated, stored, high },
    isPlanar: data.uint16(TAGS.planar) === 1,
    isSigned: data.uint16(TAGS.signed) === 1,
    slope: decimal(TAGS.slope, "Rescale Slope", 1),
    intercept: decimal(TAGS.intercept, "Rescale Intercept", 0),
    isLittle: SYNTAXES[syntax],
    // True for bytes in big-endian 16-bit words.
    isSwapped: allocated === 8 && pixels.vr === "OW" && !SYNTAXES[syntax],
    start: pixels.dataOffset
  };
}
function storedValues(bytes, { start, allocated, stored, isSigned, isLittle, isSwapped }) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unused = 32 - stored;
  return (at) => {
    const raw = allocated === 8 ? bytes[start + (isSwapped ? at ^ 1 : at)] : view.getUint16(start + 2 * at, isLittle);
    return isSigned ? raw << unused >> unused : raw << unused >>> unused;
  };
}
function compressed(syntax, path) {
  return refused(
    "unsupported-type",
    path,
    `has transfer syntax ${syntax || "of no name"}, which is compressed or unknown; only uncompressed files are supported: convert it, for instance with dcmdjpeg or gdcmconv --raw`
  );
}

// src/images/nifti.ts
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
var HEADERS = [348, 540];
var MAX_BYTES = 2 ** 31;
var TYPES = {
  2: [1, "getUint8"],
  4: [2, "getInt16"],
  8: [4, "getInt32"],
  16: [4, "getFloat32"],
  64: [8, "getFloat64"],
  256: [1, "getInt8"],
  512: [2, "getUint16"],
  768: [4, "getUint32"]
};
var isGzip = (bytes) => bytes[0] === 31 && bytes[1] === 139;
function isNifti(bytes) {
  if (isGzip(bytes)) return true;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length >= 4 && [true, false].some((isLittle) => HEADERS.some((length) => size.getInt32(0, isLittle) === length));
}
async function decodeNifti(bytes, form, path, load = () => import("nifti-reader-js")) {
  const reader = await loadPeer("nifti-reader-js", "NIfTI files are", load);
  const { slice } = form;
  if (!slice) {
    throw refused("missing-slice", path, "is a volume; choose a slice of it, as in slice: { axis: k, fraction: 0.5 }");
  }
  checkGrey(form, path);
  const header = headerOf2(reader, await beginning(bytes, HEADERS[1], path), path);
  const plane = planeOf(header, slice, path);
  checkSize(plane, form, path);
  const needed = header.start + plane.end * header.bytes;
  if (needed > MAX_BYTES) throw tooLarge(path, needed, MAX_BYTES);
  const data = await beginning(bytes, needed, path);
  if (data.length < needed) {
    throw damagedFile(path, `its header claims ${needed} bytes up to the slice, but there are ${data.length}`);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const values = Float32Array.from({ length: plane.height * plane.width }, (_, at) => {
    const voxel = plane.voxel(Math.floor(at / plane.width), at % plane.width);
    return header.slope * header.read(view, header.start + voxel * header.bytes) + header.intercept;
  });
  if (!values.every(Number.isFinite)) {
    throw refused(
      "not-finite",
      path,
      "has a value in this slice that is not finite; write 0 or another number instead"
    );
  }
  const { height, width } = plane;
  return { intensities: resample({ values, height, width }, form), height, width };
}
async function beginning(bytes, count, path) {
  if (!isGzip(bytes)) return bytes.subarray(0, count);
  const pieces = [];
  let length = 0;
  try {
    const inflated = Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]).pipe(
      createGunzip()
    );
    for await (const piece of inflated) {
      pieces.push(piece);
      length += piece.length;
      if (length >= count) break;
    }
  } catch (cause) {
    throw damagedFile(path, `gzip: ${causeMessage(cause)}`, cause);
  }
  return Buffer.concat(pieces).subarray(0, count);
}
function headerOf2({ isNIFTI, isNIFTI2, readHeader: readHeader2 }, bytes, path) {
  const all = new Uint8Array(bytes);
  const bare = all.slice(0, isNIFTI2(all.buffer) ? HEADERS[1] : HEADERS[0]);
  if (!isNIFTI(bare.buffer)) {
    throw refused("unknown-format", path, "is not a single NIfTI file (.nii, .nii.gz); convert a pair .hdr and .img");
  }
  const header = headerOrDamaged(() => readHeader2(bare.buffer), path);
  const {
    dims: claimed,
    datatypeCode,
    littleEndian,
    scl_slope: slope,
    scl_inter: intercept,
    vox_offset: start
  } = header;
  const [axes, ...sizes] = claimed;
  const dims = [0, 1, 2].map((axis) => axis < axes ? sizes[axis] : 1);
  if (!(axes >= 1 && axes <= 7) || !sizes.slice(0, axes).every((size) => Number.isInteger(size) && size >= 1)) {
    throw damagedFile(path, `its sizes are ${claimed.join(", ")}`);
  }
  if (sizes.slice(3, axes).some((size) => size > 1)) {
    const text = sizes.slice(0, axes).join(" \xD7 ");
    throw refused(
      "unsupported-type",
      path,
      `has sizes ${text}; only volumes with three axes are supported: extract one`
    );
  }
  if (!(datatypeCode in TYPES)) {
    throw refused(
      "unsupported-type",
      path,
      `has values of type ${datatypeCode}; supported are integers and real numbers`
    );
  }
  if (!Number.isInteger(start) || start < bare.length) throw damagedFile(path, `its values begin at byte ${start}`);
  const isScaled = Number.isFinite(slope) && slope !== 0;
  if (isScaled && !Number.isFinite(intercept)) throw damagedFile(path, `its intercept is ${intercept}`);
  const [each, read] = TYPES[datatypeCode];
  return {
    dims,
    bytes: each,
    read: (view, at) => view[read].call(view, at, littleEndian),
    slope: isScaled ? slope : 1,
    intercept: isScaled ? intercept : 0,
    start
  };
}
function headerOrDamaged(run, path) {
  try {
    return run();
  } catch (cause) {
    throw damagedFile(path, causeMessage(cause), cause);
  }
}
function planeOf({ dims }, { axis, index, fraction = 0 }, path) {
  const across = AXES.indexOf(axis);
  const at = index ?? Math.min(dims[across] - 1, Math.floor(fraction * dims[across]));
  if (at >= dims[across]) {
    throw refused("missing-slice", path, `has ${dims[across]} slices along ${axis}, from 0 on; it has no ${at}`);
  }
  const [first, second] = [0, 1, 2].filter((other) => other !== across);
  const steps = [1, dims[0], dims[0] * dims[1]];
  const [width, height] = [dims[first], dims[second]];
  const voxel = (row, column) => at * steps[across] + column * steps[first] + (height - 1 - row) * steps[second];
  return { height, width, voxel, end: voxel(0, width - 1) + 1 };
}

// src/images/sharp.ts
async function loadSharp(load = () => import("sharp")) {
  return (await loadPeer("sharp", "images are", load)).default;
}

// src/images/decode.ts
var MAX_SECONDS = 60;
async function decodeImage(bytes, form, path, load = loadSharp) {
  if (bytes.length === 0) throw damagedFile(path, "it is empty");
  if (isNifti(bytes)) return decodeNifti(bytes, form, path);
  if (form.slice) throw refused("not-a-volume", path, "has no slices; leave slice out, or give NIfTI files");
  if (isDicom(bytes)) {
    const read = await decodeDicom(bytes, form, path);
    if (!("colours" in read)) return read;
    const { colours, height, width } = read;
    const raw = { width, height, channels: 3 };
    return photograph(path, async () => {
      const open2 = await load();
      return { ...await formatted(open2(colours, { raw }), form, false), height, width };
    });
  }
  if (!isPhotograph(bytes)) {
    throw new InputError(
      "unknown-format",
      `${path} is not an image: JPEG, PNG, TIFF, WebP, DICOM and NIfTI files are read`,
      { path }
    );
  }
  const open = await load();
  return photograph(path, async () => {
    const header = await open(bytes, { limitInputPixels: false }).metadata();
    const size = uprightSize(header, form, path);
    const upright = open(bytes, { limitInputPixels: MAX_PIXELS }).timeout({ seconds: MAX_SECONDS }).autoOrient();
    return { ...await formatted(upright, form, header.depth === "ushort"), ...size };
  });
}
async function photograph(path, read) {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw damagedFile(path, causeMessage(cause).split("\n", 1)[0], cause);
  }
}
async function formatted(image, form, isDeep) {
  const isGrey = form.channels === "grey";
  const { data } = await image.flatten({ background: "black" }).resize(form.width, form.height, { fit: form.crop === "centre" ? "cover" : "fill", kernel: "lanczos3" }).toColourspace(isDeep ? isGrey ? "grey16" : "rgb16" : isGrey ? "b-w" : "srgb").raw({ depth: isDeep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  const { buffer } = new Uint8Array(data);
  return { intensities: isDeep ? new Uint16Array(buffer) : new Uint8Array(buffer) };
}
function isPhotograph(bytes) {
  const start = Buffer.from(bytes.subarray(0, 12)).toString("latin1");
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|II[*+]\0|MM\0[*+]|RIFF....WEBP)/s.test(start);
}
function uprightSize({ width: across, height: down, orientation = 1, depth, space }, form, path) {
  const [width, height] = orientation > 4 ? [down, across] : [across, down];
  checkSize({ height, width }, form, path);
  if (depth !== "uchar" && depth !== "ushort") {
    throw refused("unsupported-type", path, `has intensities of type ${depth}; supported are 8 and 16 bits`);
  }
  if (space === "b-w" || space === "grey16") checkGrey(form, path);
  return { height, width };
}

// src/images/image-cache.ts
import { createHash as createHash3 } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
var FORMAT = 1;
var STAT_CONCURRENCY = 64;
var BYTES = { uint8: 1, int16: 2 };
var range = z.tuple([z.number(), z.number()]);
var aboutSchema = z.object({
  type: z.enum(["uint8", "int16"]),
  heights: range,
  widths: range,
  /** Rows without an image. */
  absent: z.array(z.number()),
  unusable: z.array(z.object({ row: z.number(), code: z.string(), reason: z.string() }))
});
var ImageCache = class _ImageCache {
  #path;
  #size;
  constructor(path, size) {
    this.#path = path;
    this.#size = size;
  }
  /**
   * Opens the cache of these files in their present state: names, sizes and modification times.
   * @throws FileError `unwritable`
   */
  static async open({ folder, name }, files, form, size) {
    await makeFolder(folder);
    removeLeftovers(folder);
    const hash = createHash3("sha256").update(JSON.stringify({ format: FORMAT, form }));
    for (let start = 0; start < files.length; start += STAT_CONCURRENCY) {
      const states = await Promise.all(files.slice(start, start + STAT_CONCURRENCY).map(stateOf));
      hash.update(JSON.stringify(states));
    }
    return new _ImageCache(join(folder, `${name}-${hash.digest("hex").slice(0, 16)}`), size);
  }
  /** Returns the cached images; undefined if there are none. */
  async read() {
    const { rows, channels, pixels } = this.#size;
    const about = await this.#readAbout();
    if (about === void 0) return void 0;
    const { type, absent, ...rest } = about;
    if (await sizeOf(this.#numbers) !== rows * channels * pixels * BYTES[type]) return void 0;
    const present = new Uint8Array(rows).fill(1);
    for (const row of absent) present[row] = 0;
    const numbers = { path: this.#numbers, type, length: rows * channels * pixels };
    return { ...rest, values: { numbers, ...codeOf(type === "int16") }, present };
  }
  /** Returns the facts; undefined if they are missing or damaged. Images are then decoded again. */
  async #readAbout() {
    if (!await exists(this.#about)) return void 0;
    try {
      return aboutSchema.parse(JSON.parse(new TextDecoder().decode(await readBytes(this.#about))));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return void 0;
      throw error;
    }
  }
  /** Returns a store for the intensities of the cache. @throws FileError `unwritable`, `disk-full` */
  store() {
    return fileStore(this.#size, this.#numbers);
  }
  /** Writes the facts about images whose intensities are stored. @throws FileError `unwritable`, `disk-full` */
  async keep({ heights, widths, unusable, present, values }) {
    if (!present.includes(1) || unusable.some(({ code }) => code === "unreadable")) return;
    const absent = [...present.keys()].filter((row) => present[row] === 0);
    const type = "path" in values.numbers ? values.numbers.type : "uint8";
    await writeFileAtomic(this.#about, JSON.stringify({ type, heights, widths, absent, unusable }));
  }
  get #numbers() {
    return `${this.#path}.levels`;
  }
  get #about() {
    return `${this.#path}.json`;
  }
};
async function stateOf(path) {
  if (path === void 0) return null;
  try {
    const { size, mtimeMs } = await stat(path);
    return [path, size, mtimeMs];
  } catch (error) {
    return [path, error.code];
  }
}

// src/images/image-files.ts
var CONCURRENCY = 4;
var MAX_FILE = 2 ** 30;
async function readImageFiles(files, form, { keep, cache: cachePlace, onProgress }) {
  const channels = form.channels === "grey" ? 1 : 3;
  const size = { rows: files.length, channels, pixels: form.height * form.width };
  const cache = cachePlace && await ImageCache.open(cachePlace, files, form, size);
  const known = await cache?.read();
  if (known && (keep || known.unusable.length === 0)) return known;
  const store = cache ? cache.store() : memoryStore(size);
  try {
    const images = await collectImages(files.length, {
      ...{ keep, onProgress, concurrency: CONCURRENCY },
      decode: async (row) => {
        const path = files[row];
        return path === void 0 ? void 0 : decodeImage(await readBytes(path, MAX_FILE), form, path);
      },
      set: (row, intensities) => store.set(row, intensities)
    });
    const stored = await store.finish();
    if (stored instanceof Float32Array) return { ...images, values: unitValues(stored, images.present) };
    const read = { ...images, values: stored };
    await cache?.keep(read);
    return read;
  } catch (error) {
    await store.discard();
    throw error;
  }
}
function unitValues(values, present) {
  const size = values.length / present.length;
  return {
    read: (row, into) => {
      if (present[row] === 1) into.set(values.subarray(row * size, (row + 1) * size));
      else into.fill(NaN);
    }
  };
}

// src/study/named-images.ts
var CHANNEL_NAMES = { 1: ["grey"], 3: ["r", "g", "b"] };
async function namedImages(file, config, at) {
  const { path: column } = config;
  const sources = await readSources(file, config.table, { form: config, at, texts: [column] });
  const ids = sources.flatMap(({ names }) => names);
  checkUnique(file, ids, [...at, "table"]);
  return {
    ids,
    names: sources.flatMap(({ table }) => table.texts(column)),
    tables: sources.map(({ table }) => ({ file: table.path, rows: table.rows }))
  };
}
function sourceOfImages({ size, channels }, { ids, tables }, { heights, widths, unusable, values, present }) {
  return {
    ids,
    regularArray: { kind: "image", ...size },
    channels: CHANNEL_NAMES[channels === "grey" ? 1 : 3],
    values: "read" in values ? values : { ...values, ...present.includes(0) && { present } },
    tables,
    report: {
      heights,
      widths,
      unusable: unusable.map(({ row, code, reason }) => ({ id: ids[row], code, reason }))
    }
  };
}

// src/study/image-source.ts
async function readImages(file, config, at, options) {
  return "array" in config ? readFromArray(file, config, at) : readFromFiles(file, config, at, options);
}
async function readFromFiles(file, config, at, { keep, onProgress }) {
  const { folder, size, channels, crop, slice, cache } = config;
  const named = await namedImages(file, config, at);
  const inFolder = file.resolveTable(folder, [...at, "folder"]);
  const place = file.locate([...at, "path"]);
  const files = named.names.map((name) => name === "" ? void 0 : pathInside(inFolder, name, place));
  const form = { ...size, channels, crop, slice };
  const kept = cache === void 0 ? void 0 : { folder: file.resolveTable(cache, [...at, "cache"]), name: String(at[1]) };
  const images = await atPlace(
    place,
    () => readImageFiles(files, form, { keep, cache: kept, onProgress: (done) => onProgress(done, files.length) })
  );
  return sourceOfImages(config, named, images);
}
async function readFromArray(file, config, at) {
  const path = file.resolveTable(config.array, [...at, "array"]);
  const array2 = await atPlace(
    file.locate([...at, "array"]),
    () => readArray(path, { name: config.name, fits: mayBeImages })
  );
  const { rows, channels, height, width, white, read, stored } = await atPlace(
    file.locate([...at, "array"]),
    () => imageArray(array2, config.layout, path)
  );
  const ids = await idsOfArray(file, config, { at, path, rows });
  if (ids.length !== rows) {
    throw new InputError(
      "rows-disagree",
      `${file.locate(at)}: ${path} has ${rows} images and ${ids.length} ids; every image needs one`,
      { path, rows, ids: ids.length }
    );
  }
  checkUnique(file, ids, at);
  return {
    ids,
    regularArray: { kind: "image", height, width },
    channels: CHANNEL_NAMES[channels] ?? Array.from({ length: channels }, (_, channel) => `c${channel + 1}`),
    white,
    values: stored ?? { read },
    tables: [{ file: path, rows }],
    report: { unusable: [] }
  };
}
async function idsOfArray(file, config, { at, path, rows }) {
  if (config.table !== void 0) {
    const sources = await readSources(file, config.table, { form: config, at });
    return sources.flatMap(({ names }) => names);
  }
  if (config.ids === void 0) {
    if (joinsRows(file.config.id)) return Array.from({ length: rows }, (_, row) => String(row + 1));
    const needed = "needs ids (a vector) or table (a row for each image), or id: { rows: true } of the study";
    throw new InputError("invalid-study", `${file.locate(at)}: ${at.join(".")} ${needed}`, { key: at.join(".") });
  }
  const inArchive = path.endsWith(".npz");
  const source = inArchive ? path : file.resolveTable(config.ids, [...at, "ids"]);
  const place = file.locate([...at, "ids"]);
  const { shape, data } = await atPlace(
    place,
    () => readArray(source, { name: inArchive ? config.ids : void 0, fits: isVector })
  );
  if (shape.length !== 1) {
    throw new InputError(
      "unsupported-shape",
      `${place}: the ids of ${source} have shape (${shape.join(", ")}); they are a vector, one for each image`,
      { path: source }
    );
  }
  const { idOf } = subjectIds(file.config.id, config);
  return Array.from(data, (id) => idOf?.(String(id)) ?? String(id));
}
function isVector({ shape }) {
  return shape.length === 1;
}

// src/series/edf.ts
var HEADER = 256;
var MAX_SIGNALS = 4096;
var ANNOTATIONS = /^EDF Annotations$/;
var FIELDS = {
  label: 16,
  transducer: 80,
  unit: 8,
  physicalMin: 8,
  physicalMax: 8,
  digitalMin: 8,
  digitalMax: 8,
  filters: 80,
  samples: 8,
  reserved: 32
};
function decodeEdf(bytes, path) {
  if (bytes[0] === 255) {
    throw new InputError("unsupported-type", `${path} is a BDF file with 24 bits; convert it to EDF`, { path });
  }
  const header = new Header(bytes, path);
  if (header.text(0, 8) !== "0") throw damagedFile(path, "it does not begin like an EDF file");
  const signals = header.whole(252, 4, "number of signals", 1, MAX_SIGNALS);
  const start = HEADER * (1 + signals);
  if (bytes.length < start) throw damagedFile(path, `${signals} signals need a header of ${start} bytes`);
  if (header.whole(184, 8, "size of the header", 0, Infinity) !== start) {
    throw damagedFile(path, `its header claims a size other than the ${start} bytes of ${signals} signals`);
  }
  const records = header.whole(236, 8, "number of records", 1, Infinity);
  const seconds = header.number(244, 8, "duration of a record");
  const channels = readChannels(header, signals, path);
  const width = channels.reduce((sum, { count }) => sum + count, 0);
  const needed = start + 2 * width * records;
  if (needed !== bytes.length) {
    throw damagedFile(path, `${records} records need ${needed} bytes, it has ${bytes.length} (cut short?)`);
  }
  if (seconds <= 0) throw damagedFile(path, `a record lasts ${seconds} seconds`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const onsets = Float64Array.from({ length: records }, (_, record) => record * seconds);
  const hasBreaks = header.text(192, 44).startsWith("EDF+D");
  if (hasBreaks) readOnsets(onsets, { bytes: bytes.subarray(start), channels, width, seconds, path });
  return channels.filter(({ label }) => !ANNOTATIONS.test(label)).map(({ label, unit, count, first, gain, offset }) => ({
    label,
    unit,
    count: records * count,
    samples: () => {
      const values = new Float64Array(records * count);
      for (let record = 0; record < records; record++) {
        for (let i = 0; i < count; i++) {
          values[record * count + i] = view.getInt16(2 * (record * width + first + i), true) * gain + offset;
        }
      }
      return values;
    },
    time: (sample) => onsets[Math.floor(sample / count)] + sample % count * seconds / count
  }));
}
function readChannels(header, signals, path) {
  let first = 0;
  return Array.from({ length: signals }, (_, signal) => {
    const at = (field) => {
      let before = HEADER;
      for (const [name, width] of Object.entries(FIELDS)) {
        if (name === field) break;
        before += width * signals;
      }
      return [before + signal * FIELDS[field], FIELDS[field]];
    };
    const label = header.text(...at("label"));
    const what = (name) => `${name} of signal '${label}'`;
    const [low, high] = ["digitalMin", "digitalMax"].map((end) => header.number(...at(end), what(end)));
    const [from, to] = ["physicalMin", "physicalMax"].map((end) => header.number(...at(end), what(end)));
    if (low >= high || from === to && !ANNOTATIONS.test(label)) {
      throw damagedFile(path, `signal '${label}' has a range without width: ${low} to ${high} are ${from} to ${to}`);
    }
    const count = header.whole(...at("samples"), what("samples"), 1, Infinity);
    const gain = (to - from) / (high - low);
    first += count;
    return { label, unit: header.text(...at("unit")), count, first: first - count, gain, offset: from - low * gain };
  });
}
function readOnsets(onsets, { bytes, channels, width, seconds, path }) {
  const annotations = channels.find(({ label }) => ANNOTATIONS.test(label));
  if (!annotations) throw damagedFile(path, "it has breaks (EDF+D), but no annotations with their times");
  for (let record = 0; record < onsets.length; record++) {
    const from = 2 * (record * width + annotations.first);
    const text = Buffer.from(bytes.subarray(from, from + 2 * annotations.count)).toString("latin1");
    const [time, annotation] = text.split("", 2);
    const onset = annotation === "" && /^[+-]\d+(?:\.\d+)?$/.test(time) ? Number(time) : NaN;
    if (Number.isNaN(onset)) throw damagedFile(path, `record ${record + 1} has no onset`);
    if (record > 0 && onset < onsets[record - 1] + seconds * (1 - 1e-6)) {
      throw damagedFile(path, `record ${record + 1} begins before the end of the previous one`);
    }
    onsets[record] = onset;
  }
}
var Header = class {
  #bytes;
  #path;
  constructor(bytes, path) {
    if (bytes.length < HEADER) throw damagedFile(path, `it has ${bytes.length} bytes, fewer than an EDF header`);
    this.#bytes = bytes;
    this.#path = path;
  }
  text(at, width) {
    return Buffer.from(this.#bytes.subarray(at, at + width)).toString("latin1").trim();
  }
  number(at, width, what) {
    const text = this.text(at, width);
    const value = /^[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : NaN;
    if (Number.isFinite(value)) return value;
    throw damagedFile(this.#path, `its ${what} is '${text}'`);
  }
  whole(at, width, what, min, max) {
    const value = this.number(at, width, what);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw damagedFile(this.#path, `its ${what} is ${value}`);
  }
};

// src/series/samples.ts
var DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/;
function timeReader(unit) {
  return (cell) => {
    const match = DATE.exec(cell.trim());
    if (!match) return parseNumber(cell);
    const date = Date.parse(`${match[1]}T${match.at(2) ?? "00:00"}${match.at(3) ?? "Z"}`);
    return Number.isNaN(date) || !isDay(match[1]) ? void 0 : date / 1e3 / unit;
  };
}
function isDay(text) {
  const day = /* @__PURE__ */ new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
function possibleValues(values, { from = -Infinity, to = Infinity }, { channel, path }) {
  const row = values.findIndex((value) => value === Infinity || value === -Infinity);
  if (row >= 0) {
    throw new InputError(
      "not-finite",
      `row ${row + 1} of channel '${channel}' in ${path} is infinite; correct it or leave the cell empty`,
      { path, channel, row: row + 1 }
    );
  }
  return values.map((value) => value >= from && value <= to ? value : NaN);
}

// src/series/steps.ts
var ROUNDING = 1e-6;
var MAX_VALUES = 2 ** 28;
var LONG = 2 ** 20;
var MAX_GAP_RATIO = 256;
function stepOf(time, seconds) {
  return Math.floor(time / seconds + ROUNDING);
}
var StepMeans = class {
  #sums;
  #counts;
  #name;
  #first;
  #steps;
  /**
   * @param name name of the recording
   * @param range first and last step, and the number of steps with a sample
   * @throws InputError `too-many-steps`
   */
  constructor(name, channels, { first, last, filled }) {
    this.#name = name;
    this.#first = first;
    this.#steps = last - first + 1;
    if (channels * this.#steps > MAX_VALUES) {
      throw new InputError(
        "too-many-steps",
        `recording ${name} would have ${this.#steps} steps; check its first and last time, step and unit`,
        { recording: name, steps: this.#steps }
      );
    }
    if (this.#steps > Math.max(LONG, MAX_GAP_RATIO * filled)) {
      throw new InputError(
        "too-many-steps",
        `recording ${name} would have ${this.#steps} steps, of which ${filled} have a sample; check its first and last time, or distinguish its sessions (recording: [subject, session])`,
        { recording: name, steps: this.#steps, filled }
      );
    }
    this.#sums = new Float64Array(channels * this.#steps);
    this.#counts = new Uint32Array(channels * this.#steps);
  }
  /** Adds a sample. Ignores a missing value. */
  add(channel, step, value) {
    if (Number.isNaN(value)) return;
    const at = channel * this.#steps + step - this.#first;
    this.#sums[at] += value;
    this.#counts[at]++;
  }
  finish() {
    const values = this.#sums.map((sum, i) => sum / this.#counts[i]);
    return { name: this.#name, first: this.#first, steps: this.#steps, values };
  }
};

// src/series/edf-recording.ts
function edfRecording(name, signals, { channels, step, range: range2 }, path) {
  const selected2 = channels.map((channel) => {
    const matches = signals.filter(({ label }) => label === channel);
    if (matches.length === 1) return matches[0];
    const labels = signals.map(({ label }) => label);
    throw new InputError(
      "missing-channel",
      `${path} has ${matches.length === 0 ? "no signal" : `${matches.length} signals`} '${channel}'${didYouMean(channel, labels)}; its signals are ${labels.join(", ")}`,
      { path, channel }
    );
  });
  const firsts = selected2.map(({ time }) => stepOf(time(0), step));
  const lasts = selected2.map(({ time, count }) => stepOf(time(count - 1), step));
  const filled = selected2.reduce((sum, { count }) => sum + count, 0);
  const means = new StepMeans(name, channels.length, {
    ...{ first: Math.min(...firsts), last: Math.max(...lasts), filled }
  });
  for (const [i, signal] of selected2.entries()) {
    const channel = channels[i];
    const limits = Object.hasOwn(range2, channel) ? range2[channel] : {};
    for (const [sample, value] of possibleValues(signal.samples(), limits, { channel, path }).entries()) {
      means.add(i, stepOf(signal.time(sample), step), value);
    }
  }
  return means.finish();
}

// src/series/recordings.ts
function recordingsOf(table, seconds) {
  const { names, channels } = table;
  const times = timesOf(table);
  const ranges = rangesOf(table, times, seconds);
  const means = new Map(Array.from(ranges, ([name, range2]) => [name, new StepMeans(name, channels.length, range2)]));
  for (const [row, name] of names.entries()) {
    const step = stepOf(times[row], seconds);
    for (let channel = 0; channel < channels.length; channel++) {
      means.get(name).add(channel, step, channels[channel][row]);
    }
  }
  return Array.from(means.values(), (one) => one.finish());
}
function timesOf({ names, times, rate = 1 }) {
  if (times) return times;
  const before = /* @__PURE__ */ new Map();
  return Float64Array.from(names, (name) => {
    const rows = before.get(name) ?? 0;
    before.set(name, rows + 1);
    return rows / rate;
  });
}
function rangesOf({ path, names }, times, seconds) {
  const ranges = /* @__PURE__ */ new Map();
  const latest = /* @__PURE__ */ new Map();
  for (const [row, name] of names.entries()) {
    const time = times[row];
    if (!Number.isFinite(time)) {
      throw new InputError("missing-time", `row ${row + 1} of ${path} has no time; every row of a series needs one`, {
        path,
        row: row + 1
      });
    }
    const last = latest.get(name) ?? -Infinity;
    if (time < last) {
      throw new InputError(
        "time-backwards",
        `row ${row + 1} of ${path}: the time of recording ${name} goes back, from ${last} to ${time} seconds; sort its rows, or distinguish its recordings (recording: [subject, session])`,
        { path, row: row + 1 }
      );
    }
    latest.set(name, time);
    const step = stepOf(time, seconds);
    const range2 = ranges.get(name);
    if (!range2) ranges.set(name, { first: step, last: step, filled: 1 });
    else if (step > range2.last) Object.assign(range2, { last: step, filled: range2.filled + 1 });
  }
  return ranges;
}
function wideRecordings(names, columns) {
  const [{ length: steps }] = columns;
  return names.map((name, row) => {
    const values = Float64Array.from(columns.flatMap((one) => one.map((column) => column[row])));
    return { name, first: 0, steps, values };
  });
}
function stepColumns(channel, available, path) {
  const numbered = available.flatMap((column) => {
    const rest = column.startsWith(channel) ? /^[_.-]?(\d{1,7})$/.exec(column.slice(channel.length)) : null;
    return rest ? [{ column, number: Number(rest[1]) }] : [];
  });
  numbered.sort((a, b) => a.number - b.number);
  const [first] = numbered;
  if (numbered.length === 0) {
    throw new InputError(
      "missing-column",
      `${path} has no columns of channel '${channel}': a wide series has ${channel}_1, ${channel}_2, \u2026 (also ${channel}1, ${channel}.1, ${channel}-1)`,
      { path, channel }
    );
  }
  const gap = numbered.findIndex(({ number: number2 }, i) => number2 !== first.number + i);
  if (gap < 0) return numbered.map(({ column }) => column);
  throw new InputError(
    "missing-column",
    `${path}: step ${first.number + gap} of channel '${channel}' has no column, or two (${numbered[gap].column})`,
    { path, channel }
  );
}

// src/series/windows.ts
function cutRecordings(recordings, channels, cut) {
  return "window" in cut ? windowsOf(recordings, channels, cut) : wholeRows(recordings, cut.length);
}
function windowsOf(recordings, channels, { window, hop, minObserved }) {
  const ids = [];
  const places = [];
  let sparse = 0;
  const values = new Float64Array(channels * window);
  for (const [recording, one] of recordings.entries()) {
    const { name, first, steps } = one;
    for (let k = Math.ceil(first / hop); k * hop + window <= first + steps; k++) {
      const start = k * hop - first;
      copySteps(one, { start, length: window }, values);
      const observed = values.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0);
      if (observed === 0 || observed < minObserved * values.length) {
        sparse++;
        continue;
      }
      ids.push(`${name}#${k}`);
      places.push({ recording, start });
    }
  }
  if (ids.length === 0) {
    const longest = Math.max(...recordings.map(({ steps }) => steps));
    throw new InputError(
      "no-windows",
      longest < window ? `a window has ${window} steps, but the longest recording has ${longest}; shorten window` : `of ${sparse} windows none has ${100 * minObserved} % of its values; lower minObserved, or lengthen step`,
      { longest, sparse }
    );
  }
  return {
    steps: window,
    ids,
    recordings: Int32Array.from(places, ({ recording }) => recording),
    sparse,
    read: (row, into) => {
      const { recording, start } = places[row];
      copySteps(recordings[recording], { start, length: window }, into);
    }
  };
}
function wholeRows(recordings, length) {
  const [first] = recordings;
  const steps = length ?? first.steps;
  const other = recordings.find((recording) => recording.steps !== first.steps);
  if (length === void 0 && other) {
    throw new InputError(
      "lengths-differ",
      `recording ${first.name} has ${first.steps} steps and ${other.name} ${other.steps}; write length (longer ones are cut, what shorter ones lack is missing), or window`,
      { recordings: [first.name, other.name] }
    );
  }
  return {
    steps,
    ids: recordings.map(({ name }) => name),
    recordings: Int32Array.from(recordings.keys()),
    sparse: 0,
    read: (row, into) => {
      copySteps(recordings[row], { start: 0, length: steps }, into);
    }
  };
}
function copySteps({ steps, values }, { start, length }, into) {
  const channels = into.length / length;
  into.fill(NaN);
  const end = Math.min(start + length, steps);
  for (let channel = 0; channel < channels; channel++) {
    into.set(values.subarray(channel * steps + start, channel * steps + end), channel * length);
  }
}

// src/study/series-source.ts
async function readSeries(file, config, at, options) {
  const { channels, step } = config;
  const series = { config, at };
  const read = config.path !== void 0 ? readFiles : config.wide ? readWide : readLong;
  const { recordings, tables, unusable } = await read(file, series, options);
  const place = file.locate(at);
  const rows = await atPlace(place, () => cutRecordings(recordings, channels.length, cutOf(config)));
  const steps = recordings.map((one) => one.steps);
  const names = Array.from(rows.recordings, (recording) => recordings[recording].name);
  return {
    ids: rows.ids,
    regularArray: { kind: "series", steps: rows.steps, seconds: step },
    channels,
    values: { read: rows.read },
    ...config.window !== void 0 && { recordings: new Map(rows.ids.map((id, row) => [id, names[row]])) },
    tables: tables.map(({ table }) => ({ file: table.path, rows: table.rows })),
    report: {
      recordings: { count: recordings.length, steps: [Math.min(...steps), Math.max(...steps)] },
      ...config.window !== void 0 && { sparse: rows.sparse },
      unusable
    }
  };
}
function cutOf({ step, window, hop = window, length, minObserved }) {
  const inSteps = (seconds) => stepsOf(seconds, step) ?? 1;
  if (window === void 0 || hop === void 0) {
    return { length: length === void 0 ? void 0 : inSteps(length) };
  }
  return { window: inSteps(window), hop: inSteps(hop), minObserved };
}
async function readLong(file, { config, at }) {
  const { time, unit, rate, channels, step } = config;
  const numberOf = (column) => column === time ? timeReader(unitSeconds(unit)) : void 0;
  const columns = [...channels, ...time === void 0 ? [] : [time]];
  const tables = await readSources(file, config.table, { form: config, at, columns, numberOf });
  const recordings = [];
  for (const { table, names } of tables) {
    const place = file.locate([...at, "table"]);
    const read = await atPlace(place, () => {
      const times = time === void 0 ? void 0 : table.numbers(time).map((value) => value * unitSeconds(unit));
      const values = channels.map((channel) => samplesOf(table, channel, channel, config));
      return recordingsOf({ path: table.path, names, times, rate, channels: values }, step);
    });
    recordings.push(...read);
  }
  checkNames(file, recordings, at);
  return { recordings, tables, unusable: [] };
}
async function readWide(file, { config, at }) {
  const { channels } = config;
  const keep = (column) => channels.some((channel) => column.startsWith(channel));
  const tables = await readSources(file, config.table, { form: config, at, keep });
  const recordings = [];
  for (const { table, names } of tables) {
    const columns = await atPlace(file.locate([...at, "channels"]), () => {
      const steps = channels.map((channel) => stepColumns(channel, table.columns, table.path));
      const odd = steps.findIndex(({ length }) => length !== steps[0].length);
      if (odd >= 0) {
        throw new InputError(
          "columns-disagree",
          `${table.path} has ${steps[0].length} steps of '${channels[0]}' and ${steps[odd].length} of '${channels[odd]}'; channels of a series have the same steps`,
          { path: table.path }
        );
      }
      return steps.map((one, i) => one.map((column) => samplesOf(table, column, channels[i], config)));
    });
    recordings.push(...wideRecordings(names, columns));
  }
  checkNames(file, recordings, at);
  return { recordings, tables, unusable: [] };
}
async function readFiles(file, { config, at }, options) {
  const { path: column = "", folder } = config;
  const tables = await readSources(file, config.table, { form: config, at, texts: [column] });
  const names = tables.flatMap((source) => source.names);
  checkUnique(file, names, [...at, "table"]);
  const inFolder = file.resolveTable(folder, [...at, "folder"]);
  const place = file.locate([...at, "path"]);
  const paths = tables.flatMap(({ table }) => table.texts(column));
  const recordings = [];
  const problems = [];
  for (const [row, entry] of paths.entries()) {
    options.onProgress(row, paths.length);
    if (entry === "") continue;
    const path = pathInside(inFolder, entry, place);
    try {
      const signals = decodeEdf(await readBytes(path), path);
      recordings.push(edfRecording(names[row], signals, config, path));
    } catch (error) {
      if (!(error instanceof InterlatentError) || !options.keep) throw prefixed(place, error);
      problems.push({ id: names[row], code: error.code, reason: error.message, error });
    }
  }
  options.onProgress(paths.length, paths.length);
  if (recordings.length === 0) {
    throw problems.at(0)?.error ?? new InputError("no-values", `${place}: no row of the table names a file`);
  }
  return { recordings, tables, unusable: problems.map(({ id, code, reason }) => ({ id, code, reason })) };
}
function samplesOf(table, column, channel, { range: range2 }) {
  const own = Object.hasOwn(range2, channel) ? range2[channel] : {};
  return possibleValues(table.numbers(column), own, { channel, path: table.path });
}
function checkNames(file, recordings, at) {
  checkUnique(
    file,
    recordings.map(({ name }) => name),
    [...at, "table"]
  );
}

// src/study/array-modality.ts
var MAX_VALUES2 = 2 ** 31;
async function readArrayModality(file, name, config, { scales, onProgress }) {
  const options = { keep: file.config.missing === "keep", onProgress };
  const source = "images" in config ? await readImages(file, config.images, ["modalities", name, "images"], options) : await readSeries(file, config.series, ["modalities", name, "series"], options);
  const { regularArray, channels, recordings } = source;
  const width = channels.length * positionsOf(regularArray);
  const isInFile = "numbers" in source.values && isStoredFile(source.values.numbers);
  if (!isInFile && source.ids.length * width > MAX_VALUES2) throw tooManyValues(file, name, source);
  if (scales) checkArray(file, source, scales);
  else checkWidth(file, name, { length: width });
  const network = await readNetwork(file, name, config, { source, isFitted: scales !== void 0 });
  return {
    table: tableOfSource(file, name, { form: tableOf(config).form, source }),
    rules: { maxMissing: void 0, wholeRows: false },
    recordings,
    finish: (joined) => finishArray(file, config, { source, scales, network, joined })
  };
}
async function readNetwork(file, name, config, options) {
  if (config.network && "images" in config) return readImageNetwork(file, name, config.network, options);
  const network = "series" in config ? config.network : void 0;
  return () => network;
}
async function finishArray(file, config, { source, scales, network: networkOf, joined }) {
  const { latents, exogenous, shiftInvariant, augment } = config;
  const { table, losses, rows, split } = joined;
  const { regularArray, channels } = source;
  const channelRows = { channels: channels.length, positions: positionsOf(regularArray), ...source.values };
  const moments = "numbers" in channelRows ? numberMoments(channelRows, rows, split.train) : channelMoments(channelRows, rows, split.train);
  const columns = scales?.columns ?? channels.map((name, c) => ({ name, log: false, offset: 0, mean: moments[c].mean, sd: moments[c].sd }));
  if (!scales) {
    const few = channels.filter((_, c) => moments[c].subjects < MIN_VALUES);
    if (few.length > 0) throw useless(file, table.name, "too-few-values", few);
    const constant = channels.filter((_, c) => moments[c].isConstant);
    if (constant.length > 0) throw useless(file, table.name, "constant-column", constant);
  }
  const network = networkOf({ columns, moments });
  const encoded = "numbers" in channelRows ? await storeNumbers(channelRows, rows, columns) : encodeChannels(channelRows, rows, columns);
  const modality = {
    ...scalesOf({ name: table.name, columns, regularArray }),
    ...encoded,
    latents,
    exogenous,
    ...network && { network },
    ...shiftInvariant && { shiftInvariant },
    ...augment && { augment }
  };
  const { gaps, ...lost } = losses;
  return {
    modality,
    columns: void 0,
    report: {
      ...tableReport(table, modality),
      ...lost,
      columns: channels.map((name, c) => {
        const { min, max, mean, sd, skewness } = moments[c];
        return { name, min, max, mean, sd, skewness, logged: false };
      }),
      leftOut: { constant: [], few: [], missing: gaps, filtered: [] },
      regularArray: arrayReport(source, modality, rows),
      outliers: [],
      duplicates: []
    }
  };
}
function arrayReport({ report, regularArray }, modality, rows) {
  const having = rows.filter((row) => row >= 0).length;
  const { values, observed, stored } = modality;
  const marks = stored ? stored.present : observed;
  const width = stored ? 1 : values.length / rows.length;
  const seen = marks ? marks.reduce((sum, one) => sum + one, 0) : rows.length * width;
  const all = width * having;
  const shape = regularArray.kind === "image" ? [regularArray.height, regularArray.width] : [regularArray.steps];
  return {
    kind: regularArray.kind,
    shape,
    ...regularArray.kind === "series" && { seconds: regularArray.seconds },
    ...report,
    missing: having === 0 ? 0 : 1 - seen / all
  };
}
function checkArray(file, { regularArray, channels }, scales) {
  const own = textOf(regularArray, channels);
  const wanted = textOf(
    scales.regularArray,
    scales.columns.map(({ name }) => name)
  );
  if (own === wanted) return;
  throw new InputError(
    "grid-mismatch",
    `${file.locate(["modalities", scales.name])}: the model reads '${scales.name}' as ${wanted}, the study has ${own}; give new subjects what the model was trained on`,
    { modality: scales.name }
  );
}
function textOf(regularArray, channels) {
  if (!regularArray) return "a table";
  const of = `of the channels ${channels.join(", ")}`;
  if (regularArray.kind === "image") return `images of ${regularArray.width} \xD7 ${regularArray.height} pixels ${of}`;
  return `series of ${regularArray.steps} steps of ${regularArray.seconds} s ${of}`;
}
function useless(file, name, code, channels) {
  const are = code === "constant-column" ? "constant on the training split" : `missing in all but a few training subjects (at least ${MIN_VALUES} must have values)`;
  return new InputError(
    code,
    `${file.locate(["modalities", name])}: channels of '${name}' that are ${are}: ${channels.join(", ")}; leave them out`,
    { modality: name, columns: channels }
  );
}
function tooManyValues(file, name, { ids, regularArray, channels }) {
  return new InputError(
    "too-large",
    `${file.locate(["modalities", name])}: ${ids.length} ${textOf(regularArray, channels)} do not fit in memory; lower size, give images of files a cache, or take longer steps or hops`,
    { modality: name }
  );
}
export {
  readArrayModality
};
