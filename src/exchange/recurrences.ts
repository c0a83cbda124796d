// Recurrent layers. Ours are batched over leading axes; ONNX has one layer at a time, with subjects between steps and
// features, and gates in another order. The value of a translated layer is its states h, nothing else that it keeps.

import type { Node } from '../graph/index.js';
import { flagAttribute } from '../graph/node.js';
import { cannotExport, type Translation, type Translator } from './translation.js';

/** Places of ONNX's gates i, o, f, c among ours: i, f, g, o. */
const LSTM_GATES = [0, 3, 1, 2];
/** Places of ONNX's gates z, r, h among ours: r, z, n. */
const GRU_GATES = [1, 0, 2];

/** Row-major, of one layer. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly at: (row: number, column: number) => number;
}

/** One matrix for each place of the leading axes. */
function matrices(node: Node, to: Translator): Matrix[] {
  const values = to.constant(node);
  const [rows, columns] = node.shape.slice(-2);
  return Array.from({ length: values.length / (rows * columns) }, (_, layer) => ({
    rows,
    columns,
    at: (row, column) => values[(layer * rows + row) * columns + column],
  }));
}

/** `[1, gates · H, to − from]` of columns, gates as ONNX orders them. */
function weights({ rows, at }: Matrix, gates: readonly number[], from: number, until: number, to: Translator): string {
  const units = rows / gates.length;
  const width = until - from;
  const data = Float32Array.from({ length: rows * width }, (_, i) => {
    const row = Math.floor(i / width);
    return at(gates[Math.floor(row / units)] * units + (row % units), from + (i % width));
  });
  return to.graph.tensor({ shape: [1, rows, width], data });
}

/** `[1, parts · gates · H]` of columns one after the other. */
function biases(
  { rows, at }: Matrix,
  gates: readonly number[],
  columns: readonly (number | undefined)[],
  to: Translator,
) {
  const units = rows / gates.length;
  const data = Float32Array.from({ length: columns.length * rows }, (_, i) => {
    const column = columns[Math.floor(i / rows)];
    const row = i % rows;
    return column === undefined ? 0 : at(gates[Math.floor(row / units)] * units + (row % units), column);
  });
  return to.graph.tensor({ shape: [1, data.length], data });
}

interface Layer {
  readonly op: 'LSTM' | 'GRU';
  readonly units: number;
  readonly attributes?: Readonly<Record<string, number>>;
  /** W, R and B of each layer. */
  readonly given: readonly (readonly string[])[];
}

/** Of x `[…, F, T, B]` the states `[…, H, T, B]`. */
function states(node: Node, x: Node, { op, units, attributes, given }: Layer, to: Translator): string {
  if (node.inputs.length > 2) throw cannotExport('a recurrence leaves out steps');
  const { graph } = to;
  const [features, times] = x.shape.slice(-3);
  const layers = given.length;
  const flat = graph.reshape(to.value(x), [layers, features, times, -1]);
  const direction = flagAttribute(node, 'reverse') ? 'reverse' : 'forward';
  const results = given.map((own, layer) => {
    const steps = graph.add(
      'Transpose',
      [graph.reshape(graph.slice(flat, 0, layer, layer + 1), [features, times, -1])],
      {
        perm: [1, 2, 0],
      },
    );
    const y = graph.add(op, [steps, ...own], { hidden_size: units, direction, ...attributes });
    // Steps, directions, subjects, units.
    return graph.add('Transpose', [y], { perm: [1, 3, 0, 2] });
  });
  const shape = [...x.shape.slice(0, -3), units, times, -1];
  return graph.reshape(graph.concat(results, 0), shape);
}

const lstmLayer: Translation = (node, to) => {
  const [x, all] = node.inputs;
  const features = x.shape[x.shape.length - 3];
  const given = matrices(all, to).map((own) => {
    const units = own.columns - features - 1;
    return [
      weights(own, LSTM_GATES, units, units + features, to),
      weights(own, LSTM_GATES, 0, units, to),
      biases(own, LSTM_GATES, [own.columns - 1, undefined], to),
    ];
  });
  return states(node, x, { op: 'LSTM', units: all.shape[all.shape.length - 1] - features - 1, given }, to);
};

/** What the steps' inputs give the gates comes in; an identity hands it on. */
const gru: Translation = (node, to) => {
  const [gates, all] = node.inputs;
  const given = matrices(all, to).map((own) => {
    const identity: Matrix = { rows: own.rows, columns: own.rows, at: (row, column) => Number(row === column) };
    const units = own.columns - 1;
    return [
      weights(identity, GRU_GATES, 0, own.rows, to),
      weights(own, GRU_GATES, 0, units, to),
      biases(own, GRU_GATES, [undefined, units], to),
    ];
  });
  const units = all.shape[all.shape.length - 1] - 1;
  return states(node, gates, { op: 'GRU', units, attributes: { linear_before_reset: 1 }, given }, to);
};

export const recurrenceTranslations: Readonly<Record<string, Translation>> = { lstmLayer, gru };
