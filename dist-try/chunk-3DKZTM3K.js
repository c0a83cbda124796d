import {
  formKeys,
  nameList,
  rangeSchema
} from "./chunk-WBOZL6F2.js";
import {
  fileBytes
} from "./chunk-HD6DEWUD.js";
import {
  createTemporarySync,
  replaceFileSync,
  writeError
} from "./chunk-4UPWP7HX.js";
import {
  InputError
} from "./chunk-5XKOZ6VI.js";

// src/images/intensity-store.ts
import { closeSync, fsyncSync, ftruncateSync, rmSync, writeSync } from "node:fs";
var WIDENING = 257;
var MAX_8 = 255;
var MAX_16 = 65535;
var ZERO_16 = -32768;
var MAX_IN_MEMORY = 2 ** 31;
function memoryStore({ rows, channels, pixels }) {
  const size = channels * pixels;
  if (rows * size > MAX_IN_MEMORY) {
    throw new InputError(
      "too-large",
      `${rows} images have ${rows * size} intensities, and up to ${MAX_IN_MEMORY} fit in memory; lower size, or add cache: FOLDER (not for DICOM and NIfTI, whose values have a physical unit)`,
      { rows }
    );
  }
  let all;
  return {
    set(row, intensities) {
      all ??= intensities instanceof Float32Array ? new Float32Array(rows * size) : new Uint8Array(rows * size);
      if (intensities instanceof Float32Array !== all instanceof Float32Array) {
        throw new InputError(
          "mixed-units",
          "some images have intensities, and some have values in a physical unit; a modality has one kind: convert them, or make two modalities"
        );
      }
      if (intensities instanceof Uint16Array && all instanceof Uint8Array) all = widened(all);
      all.set(planar(intensities, channels, all instanceof Int16Array), row * size);
    },
    finish() {
      if (all instanceof Float32Array) return Promise.resolve(all);
      return Promise.resolve({ numbers: all ?? new Uint8Array(rows * size), ...codeOf(all instanceof Int16Array) });
    },
    discard: () => Promise.resolve()
  };
}
function fileStore({ rows, channels, pixels }, path) {
  const size = channels * pixels;
  let part = new PartialFile(path, rows * size);
  let isWide = false;
  return {
    set(row, intensities) {
      if (intensities instanceof Float32Array) {
        throw new InputError(
          "cached-units",
          "images have values in a physical unit (DICOM, NIfTI), and a cache keeps intensities; leave cache out: values are kept in memory"
        );
      }
      if (intensities instanceof Uint16Array && !isWide) {
        const wide = new PartialFile(path, 2 * rows * size);
        try {
          for (let before = 0; before < row; before++) {
            wide.write(widened(fileBytes(part.path, before * size, size)), 2 * before * size);
          }
        } catch (cause) {
          wide.remove();
          throw cause;
        }
        part.remove();
        part = wide;
        isWide = true;
      }
      part.write(planar(intensities, channels, isWide), (isWide ? 2 : 1) * row * size);
    },
    finish() {
      part.finish();
      const numbers = { path, type: isWide ? "int16" : "uint8", length: rows * size };
      return Promise.resolve({ numbers, ...codeOf(isWide) });
    },
    discard() {
      part.remove();
      return Promise.resolve();
    }
  };
}
function codeOf(isWide) {
  return isWide ? { zero: ZERO_16, unit: MAX_16 } : { zero: 0, unit: MAX_8 };
}
var PartialFile = class {
  path;
  #target;
  #descriptor;
  /** Creates a file of its final size. Rows that are never written take no space if the file system supports holes. */
  constructor(target, bytes) {
    this.#target = target;
    try {
      const { path, descriptor } = createTemporarySync(target);
      this.path = path;
      this.#descriptor = descriptor;
    } catch (cause) {
      throw writeError(target, cause);
    }
    try {
      ftruncateSync(this.#descriptor, bytes);
    } catch (cause) {
      this.remove();
      throw writeError(target, cause);
    }
  }
  write({ buffer, byteOffset, byteLength }, at) {
    const bytes = new Uint8Array(buffer, byteOffset, byteLength);
    try {
      for (let done = 0; done < byteLength; ) {
        done += writeSync(this.#descriptor, bytes, done, byteLength - done, at + done);
      }
    } catch (cause) {
      throw writeError(this.#target, cause);
    }
  }
  /** Flushes the file to disk, renames and closes it. */
  finish() {
    try {
      fsyncSync(this.#descriptor);
      replaceFileSync(this.path, this.#target);
      this.#close();
    } catch (cause) {
      throw writeError(this.#target, cause);
    }
  }
  remove() {
    this.#close();
    rmSync(this.path, { force: true });
  }
  #close() {
    if (this.#descriptor !== void 0) closeSync(this.#descriptor);
    this.#descriptor = void 0;
  }
};
function widened(intensities) {
  return new Int16Array(intensities).map((intensity) => intensity * WIDENING + ZERO_16);
}
function planar(intensities, channels, isWide) {
  const pixels = intensities.length / channels;
  const Type = intensities instanceof Float32Array ? Float32Array : isWide ? Int16Array : Uint8Array;
  const result = new Type(intensities.length);
  const factor = isWide && intensities instanceof Uint8Array ? WIDENING : 1;
  const zero = isWide ? ZERO_16 : 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      result[channel * pixels + pixel] = intensities[pixel * channels + channel] * factor + zero;
    }
  }
  return result;
}

// src/images/image-arrays.ts
var LAYOUTS = ["channels-last", "channels-first"];
var INFINITE = Infinity;
var MAX_CHANNELS = 4;
function mayBeImages({ shape, data }) {
  return (shape.length === 3 || shape.length === 4) && !isTexts(data);
}
function imageArray(array, layout, path) {
  const { shape, data } = array;
  if (!mayBeImages(array) || isTexts(data) || shape.includes(0)) {
    throw new InputError(
      "unsupported-shape",
      `${path} has shape (${shape.join(", ")})${isTexts(data) ? " of texts" : ""}; images are numbers with axes (n, height, width), (n, height, width, channels) or (n, channels, height, width)`,
      { path, shape }
    );
  }
  const bad = data.findIndex((value) => value === INFINITE || value === -INFINITE);
  const [rows] = shape;
  const size = data.length / rows;
  if (bad >= 0) {
    throw new InputError(
      "not-finite",
      `${path} has an infinite value in row ${Math.floor(bad / size) + 1}; correct it, or write NaN (missing)`,
      { path }
    );
  }
  const numbers = data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
  const isLast = shape.length === 3 || (layout ?? guessLayout(shape, path)) === "channels-last";
  const [height, width, channels = 1] = isLast ? shape.slice(1) : [shape[2], shape[3], shape[1]];
  const pixels = height * width;
  const [channelStep, pixelStep] = isLast ? [1, channels] : [pixels, 1];
  const copyRow = (row, into, at = 0, zero = 0) => {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++) {
        const value = numbers[row * size + channel * channelStep + pixel * pixelStep];
        into[at + channel * pixels + pixel] = value + zero;
      }
    }
  };
  return {
    rows,
    channels,
    height,
    width,
    white: data instanceof Uint8Array ? 255 : data instanceof Uint16Array ? 65535 : 1,
    read: copyRow,
    stored: storedIntensities(numbers, { rows, size, copyRow })
  };
}
function storedIntensities(data, { rows, size, copyRow }) {
  const isByte = data instanceof Uint8Array;
  if (!isByte && !(data instanceof Int16Array) && !(data instanceof Uint16Array)) return void 0;
  const zero = data instanceof Uint16Array ? ZERO_16 : 0;
  const numbers = isByte ? new Uint8Array(rows * size) : new Int16Array(rows * size);
  for (let row = 0; row < rows; row++) copyRow(row, numbers, row * size, zero);
  return { numbers, zero, unit: 1 };
}
function guessLayout([, second, , last], path) {
  const isLast = last <= MAX_CHANNELS;
  if (isLast !== second <= MAX_CHANNELS) return isLast ? "channels-last" : "channels-first";
  throw new InputError(
    "ambiguous-layout",
    `${path}: the axis of the channels is ambiguous, since neither or both have up to ${MAX_CHANNELS} entries; write layout: ${LAYOUTS.join(" or ")}`,
    { path }
  );
}
var isTexts = (data) => Array.isArray(data);

// src/study/series-keys.ts
import * as z2 from "zod";

// src/study/image-keys.ts
import * as z from "zod";

// src/images/image-form.ts
var AXES = ["i", "j", "k"];
var MAX_PIXELS = 1e8;
var MAX_ENLARGEMENT = 4;
function checkPixelCount({ height, width }, path) {
  if (width * height <= MAX_PIXELS) return;
  const limit = `${MAX_PIXELS / 1e6} million`;
  throw refused(
    "too-large",
    path,
    `claims ${width} \xD7 ${height} pixels; up to ${limit} are read: make the image smaller`
  );
}
function checkSize({ height, width }, form, path) {
  checkPixelCount({ height, width }, path);
  const size = `${width} \xD7 ${height} pixels`;
  if (width * MAX_ENLARGEMENT < form.width || height * MAX_ENLARGEMENT < form.height) {
    const wanted = `${form.width} \xD7 ${form.height}`;
    throw refused("too-small", path, `has ${size}, far fewer than the ${wanted} of size; leave it out or lower size`);
  }
}
function checkGrey({ channels }, path) {
  if (channels === "grey") return;
  throw refused("channel-mismatch", path, "has no colours, which channels: rgb needs; write channels: grey");
}
function refused(code, path, problem) {
  return new InputError(code, `${path} ${problem}`, { path });
}

// src/study/image-keys.ts
var name = z.string().min(1);
var side = z.int().min(8).max(1024);
var stackedFiles = z.union([name, nameList], { error: "must be a file or a list of files (stacked by rows)" });
var tableForm = {
  id: formKeys.id,
  delimiter: formKeys.delimiter,
  sheet: formKeys.sheet,
  part: formKeys.part
};
var imageFiles = z.strictObject({
  table: stackedFiles.describe("Table with a row for each subject: one file, or a list of files stacked by rows."),
  ...tableForm,
  path: name.describe("Column that names the image file of the subject. An empty cell means that there is none."),
  folder: name.default(".").describe("Folder of the image files, relative to the study file."),
  size: z.union([side, z.tuple([side, side])], { error: "must be 8 to 1024 pixels: a number, or [height, width]" }).transform(
    (size) => typeof size === "number" ? { height: size, width: size } : { height: size[0], width: size[1] }
  ).describe("Pixels to which every image is resized: one number for a square, or [height, width]."),
  channels: z.enum(["rgb", "grey"]).default("rgb").describe("`rgb`: three colours. `grey`: luminance, or the single channel of a scan."),
  crop: z.enum(["centre", "none"]).default("centre").describe(
    "`centre`: uses the largest central part with the proportions of `size`. `none`: stretches the whole image to `size`."
  ),
  slice: z.strictObject({
    axis: z.enum(AXES).describe("Axis of the file across which the slice lies."),
    index: z.int().min(0).optional().describe("Position of the slice, from 0. Excludes `fraction`."),
    fraction: z.number().min(0).max(1).optional().describe("Position of the slice as a fraction of the axis. Excludes `index`.")
  }).refine(({ index, fraction }) => index === void 0 !== (fraction === void 0), {
    error: "needs index or fraction, one of them"
  }).optional().describe("Slice of a NIfTI volume that becomes the image. Required for volumes."),
  cache: name.optional().describe(
    "Folder in which decoded images are kept, relative to the study file. Use it if memory does not hold them. Default: memory."
  )
});
var imageArray2 = z.strictObject({
  array: name.describe("Array of images: a .npy, .npz or IDX file, also with .gz."),
  name: name.optional().describe("Name of the array in a .npz file. Default: the only array with three or four axes."),
  layout: z.enum(LAYOUTS).optional().describe("Position of the axis of channels. Default: by the sizes of the axes."),
  ids: name.optional().describe("Vector of ids, one for each image: a file, or an array of the same .npz file. Excludes `table`."),
  table: stackedFiles.optional().describe("Table with a row for each image, in the order of the array. Excludes `ids`."),
  ...tableForm
});
var imagesSchema = z.union([imageFiles, imageArray2], {
  error: "must have table, path and size (files), or array and ids or table"
});

// src/study/series-keys.ts
var name2 = z2.string().min(1);
var UNITS = ["ms", "s", "min", "h"];
var SECONDS = { ms: 1e-3, s: 1, min: 60, h: 3600 };
var DURATION = "must be a duration: 500ms, 1s, 2min or 8h";
var duration = z2.union([z2.number().positive(), z2.string().regex(/^\d+(?:\.\d+)?\s*(?:ms|s|min|h)$/, { error: DURATION })], {
  error: DURATION
}).transform((text) => typeof text === "number" ? text : secondsOf(text)).refine((seconds) => seconds > 0, { error: "must be longer than 0" });
var seriesSchema = z2.strictObject({
  table: stackedFiles.describe("Table of samples or of files: one file, or a list of files stacked by rows."),
  ...tableForm,
  recording: nameList.optional().describe("Columns that identify a recording together, such as [student, exam]. Default: the id."),
  channels: nameList.describe(
    "Channels: columns of samples, labels of EDF signals, or the beginnings of the column names of a wide table."
  ),
  time: name2.optional().describe("Column of times in a long table: numbers in `unit`, or ISO dates."),
  unit: z2.enum(UNITS).default("s").describe("Unit of the numbers in `time`."),
  rate: z2.number().positive().optional().describe("Rows per second of a long table without times. Rows are in the order of time."),
  wide: z2.literal(true, { error: "must be true" }).optional().describe("`true`: the table has a row for each recording and a column for each step, such as hr_1, hr_2."),
  path: name2.optional().describe("Column that names the recording's EDF file."),
  folder: name2.default(".").describe("Folder of the EDF files, relative to the study file."),
  step: duration.describe(
    "Step of the common clock, such as 500ms, 1s, 2min or 1h. A value is the mean of the samples in its step."
  ),
  window: duration.optional().describe("Length of a window. Each window is a row. Default: each recording is a row."),
  hop: duration.optional().describe("Time from the beginning of a window to the beginning of the next. Default: `window`."),
  minObserved: z2.number().min(0).max(1).default(0.5).describe("Minimum share of observed values of a window. Windows with fewer are left out."),
  length: duration.optional().describe(
    "Length of every row if rows are recordings. Longer recordings are cut; the rest of a shorter one is missing. Default: all recordings must have the same length."
  ),
  range: z2.record(name2, rangeSchema).prefault({}).describe("Possible values, by channel. Other samples are missing. Default: all values.")
});
function unitSeconds(unit) {
  return SECONDS[unit];
}
function seriesProblem(config) {
  const { time, rate, wide, path, step, window, hop, length, channels, range } = config;
  const forms = [time, rate, wide, path].filter((form) => form !== void 0).length;
  if (forms !== 1) {
    return { key: "table", problem: "needs one of time (a column), rate (rows per second), wide: true and path (EDF)" };
  }
  for (const key of ["window", "hop", "length"]) {
    const seconds = config[key];
    if (seconds === void 0 || stepsOf(seconds, step) !== void 0) continue;
    return { key, problem: `must be a multiple of step, ${step} s; it is ${seconds} s` };
  }
  if (hop !== void 0 && window === void 0)
    return { key: "hop", problem: "needs window: it is the distance between windows" };
  if (length !== void 0 && window !== void 0)
    return { key: "length", problem: "excludes window: leave one of them out" };
  const repeated = channels.find((channel, i) => channels.indexOf(channel) < i);
  if (repeated !== void 0) return { key: "channels", problem: `repeats '${repeated}'` };
  const unknown = Object.keys(range).find((channel) => !channels.includes(channel));
  if (unknown !== void 0) return { key: "range", problem: `has '${unknown}', which is not a channel` };
  return void 0;
}
function stepsOf(seconds, step) {
  const steps = Math.round(seconds / step);
  return steps >= 1 && Math.abs(seconds / step - steps) < 1e-6 * steps ? steps : void 0;
}
function secondsOf(text) {
  const unit = UNITS.find((one) => text.endsWith(one)) ?? "s";
  return Number(text.slice(0, -unit.length)) * SECONDS[unit];
}

export {
  memoryStore,
  fileStore,
  codeOf,
  mayBeImages,
  imageArray,
  AXES,
  MAX_PIXELS,
  checkSize,
  checkGrey,
  refused,
  imagesSchema,
  seriesSchema,
  unitSeconds,
  seriesProblem,
  stepsOf
};
