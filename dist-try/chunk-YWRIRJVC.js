import {
  valueCount
} from "./chunk-GSAH76ZL.js";
import {
  broadcastTo,
  concat,
  data,
  gather,
  max,
  mul,
  randomNormal,
  randomUniform,
  reshape
} from "./chunk-XV7UC2EY.js";
import {
  storedType
} from "./chunk-SG2VJTFE.js";

// src/models/sources.ts
function miniBatches(layout, rows, order, stored = []) {
  const [runs, , batch] = order.shape;
  return layout.groups.map((group, g) => {
    const { members, observation } = group;
    const count = valueCount(observation);
    if (isStored(group, stored)) return storedBatches(group, g, rows, order, stored);
    const rowsOf = (name) => reshape(gather(data(name, [rows, members.length * count]), order), [runs, members.length, count, batch]);
    const observed = observation.masked ? rowsOf(maskName(g)) : void 0;
    const present = observed && observation.absent && max(observed, [2], { keep: true });
    return { values: rowsOf(dataName(g)), observed, present };
  });
}
function isStored({ members }, modalities) {
  return members.some((m) => modalities.at(m)?.stored);
}
function storedBatches({ members, observation }, g, rows, order, modalities) {
  const each = members.map((m, position) => {
    const { stored } = modalities[m];
    const count = valueCount(observation);
    const [runs, , batch] = order.shape;
    const name = memberName(dataName(g), position);
    const leaf = data(name, [rows, count], stored ? storedType(stored.numbers) : "float32");
    const values = reshape(gather(leaf, order, stored?.scale), [runs, 1, count, batch]);
    if (!observation.masked) return { values };
    const marks = memberName(maskName(g), position);
    const marked = (width) => reshape(gather(data(marks, [rows, width]), order), [runs, 1, width, batch]);
    if (!stored) {
      const observed2 = marked(count);
      return { values, observed: observed2, present: observation.absent && max(observed2, [2], { keep: true }) };
    }
    const present = marked(1);
    const observed = broadcastTo(present, values.shape);
    return { values: mul(values, observed), observed, present: observation.absent && present };
  });
  const joined = (nodes) => {
    const known = nodes.filter((node) => node !== void 0);
    return known.length > 1 ? concat(known, 1) : known.at(0);
  };
  return {
    values: joined(each.map(({ values }) => values)),
    observed: joined(each.map(({ observed }) => observed)),
    present: joined(each.map(({ present }) => present))
  };
}
function latentBatches({ groups }, rows, order) {
  const [runs, , batch] = order.shape;
  return groups.map(({ members, latents }, g) => {
    const table = data(latentName(g), [rows, members.length * latents]);
    return reshape(gather(table, order), [runs, members.length, latents, batch]);
  });
}
var MAX_TILE = 256;
var MIN_TILE = MAX_TILE / 2;
function cutOf(batch, { batches }) {
  const tiles = tilesOf(batch);
  return batches === "whole" ? { tiles: 1, parts: tiles } : { tiles, parts: 1 };
}
function tilesOf(batch) {
  for (let tiles = Math.ceil(batch / MAX_TILE); batch / tiles >= MIN_TILE; tiles++) {
    if (batch % tiles === 0) return tiles;
  }
  return 1;
}
function dataName(group) {
  return `x.${group}`;
}
function maskName(group) {
  return `observed.${group}`;
}
function memberName(leaf, position) {
  return `${leaf}.${position}`;
}
function latentName(group) {
  return `latents.${group}`;
}
function latentData({ groups, offsets, latents: width }, latents) {
  const rows = latents.length / width;
  return new Map(
    groups.map(({ members, latents: count }, g) => {
      const table = (m) => Float32Array.from({ length: rows * count }, (_, at) => {
        return latents[Math.floor(at / count) * width + offsets[m] + at % count];
      });
      return [latentName(g), sideBySide(members, table, rows)];
    })
  );
}
function groupData({ groups }, modalities, rows) {
  const contents = /* @__PURE__ */ new Map();
  groups.forEach((group, g) => {
    const { members, observation } = group;
    if (isStored(group, modalities)) {
      members.forEach((m, position) => {
        const { values, observed, stored } = modalities[m];
        contents.set(memberName(dataName(g), position), stored?.numbers ?? values);
        if (!observation.masked) return;
        const width = stored ? 1 : valueCount(observation);
        const marks = stored ? stored.present : observed;
        const leaf = marks ? Float32Array.from(marks) : new Float32Array(rows * width).fill(1);
        contents.set(memberName(maskName(g), position), leaf);
      });
      return;
    }
    const size = { width: valueCount(observation), count: rows };
    contents.set(
      dataName(g),
      members.length === 1 ? modalities[members[0]].values : joinedRows(members, (m) => modalities[m].values, size)
    );
    if (!observation.masked) return;
    contents.set(
      maskName(g),
      joinedRows(members, (m) => modalities[m].observed, size)
    );
  });
  return contents;
}
var MIN_CHUNKED = 2 ** 24;
var CHUNK = 2 ** 20;
function joinedRows(members, table, { width, count }) {
  const stride = members.length * width;
  const length = count * stride;
  if (length < MIN_CHUNKED) {
    const joined = new Float32Array(length);
    copyRows(members, table, { width, count }, joined);
    return joined;
  }
  const step = Math.max(1, Math.floor(CHUNK / stride));
  return {
    type: "float32",
    length,
    *chunks() {
      const chunk = new Float32Array(step * stride);
      for (let first = 0; first < count; first += step) {
        const size = { width, count: Math.min(step, count - first) };
        const from = (m) => table(m)?.subarray(first * width, (first + size.count) * width);
        copyRows(members, from, size, chunk);
        yield chunk.subarray(0, size.count * stride);
      }
    }
  };
}
function sideBySide(members, table, rows) {
  if (members.length === 1) return table(members[0]);
  const width = table(members[0]).length / rows;
  const joined = new Float32Array(rows * members.length * width);
  copyRows(members, table, { width, count: rows }, joined);
  return joined;
}
function copyRows(members, table, { width, count }, target) {
  const stride = members.length * width;
  members.forEach((modality, position) => {
    const source = table(modality);
    for (let row = 0; row < count; row++) {
      const from = row * width;
      const to = row * stride + position * width;
      if (source) for (let column = 0; column < width; column++) target[to + column] = source[from + column];
      else target.fill(1, to, to + width);
    }
  });
}
var PhiloxNoise = class {
  #seeds;
  #streams = /* @__PURE__ */ new Map();
  #first;
  #parts;
  /**
   * @param seeds int32 leaf `[runs, 2]`
   * @param first first stream; programs that must not share noise start at different streams
   * @param parts of the last axis of normal noise, see `BatchCut`
   */
  constructor(seeds, first, parts = 1) {
    this.#seeds = seeds;
    this.#first = first;
    this.#parts = parts;
  }
  normal(name, shape) {
    return randomNormal(shape, this.#stream(name), this.#seeds, { parts: this.#parts });
  }
  uniform(name, shape) {
    return randomUniform(shape, this.#stream(name), this.#seeds, { sharedByTiles: true });
  }
  #stream(name) {
    const known = this.#streams.get(name);
    if (known !== void 0) return known;
    const next = this.#first + this.#streams.size;
    this.#streams.set(name, next);
    return next;
  }
};

export {
  miniBatches,
  latentBatches,
  cutOf,
  dataName,
  maskName,
  latentData,
  groupData,
  sideBySide,
  copyRows,
  PhiloxNoise
};
