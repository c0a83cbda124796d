// Translates recurrent layers. Here they are batched over leading axes. ONNX has single layers, with subjects between
// steps and features, and gates in another order. The value of a translated layer is only its states h.

import type { Node } from '../graph/index.js';
import { flagAttribute } from '../graph/node.js';
import { cannotExport, type Translation, type Translator } from './translation.js';

/** Positions of ONNX's gates i, o, f, c in the order i, f, g, o. */
const LSTM_GATES = [0, 3, 1, 2];
/** Positions of ONNX's gates z, r, h in the order r, z, n. */
const GRU_GATES = [1, 0, 2];

/** Weights of one layer. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly at: (row: number, column: number) => number;
}

/** Returns one matrix for each position of the leading axes. */
function matrices(node: Node, to: Translator): Matrix[] {
  const values = to.constant(node);
  const [rows, columns] = node.shape.slice(-2);
  return Array.from({ length: values.length / (rows * columns) }, (_, layer) => ({
    rows,
    columns,
    at: (row, column) => values[(layer * rows + row) * columns + column],
  }));
}

/** Returns the columns `from` to `until` as `[1, gates · H, until − from]`, gates in ONNX's order. */
function weights({ rows, at }: Matrix, gates: readonly number[], from: number, until: number, to: Translator): string {
  const units = rows / gates.length;
  const width = until - from;
  const data = Float32Array.from({ length: rows * width }, (_, i) => {
    const row = Math.floor(i / width);
    return at(gates[Math.floor(row / units)] * units + (row % units), from + (i % width));
  });
  return to.graph.tensor({ shape: [1, rows, width], data });
}

/** Returns columns in sequence as `[1, columns · gates · H]`; zeros for an undefined column. */
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
  readonly operands: readonly (readonly string[])[];
}

/** Returns the states `[…, H, T, B]` of x `[…, F, T, B]`. */
function states(node: Node, x: Node, { op, units, attributes, operands }: Layer, to: Translator): string {
  if (node.inputs.length > 2) throw cannotExport('a recurrence skips steps');
  const { graph } = to;
  const [features, times] = x.shape.slice(-3);
  const layers = operands.length;
  const flat = graph.reshape(to.value(x), [layers, features, times, -1]);
  const direction = flagAttribute(node, 'reverse') ? 'reverse' : 'forward';
  const results = operands.map((ofLayer, layer) => {
    const steps = graph.add(
      'Transpose',
      [graph.reshape(graph.slice(flat, 0, layer, layer + 1), [features, times, -1])],
      {
        perm: [1, 2, 0],
      },
    );
    const y = graph.add(op, [steps, ...ofLayer], { hidden_size: units, direction, ...attributes });
    // The axes of y are steps, directions, subjects, units.
    return graph.add('Transpose', [y], { perm: [1, 3, 0, 2] });
  });
  const shape = [...x.shape.slice(0, -3), units, times, -1];
  return graph.reshape(graph.concat(results, 0), shape);
}

const lstmLayer: Translation = (node, to) => {
  const [x, all] = node.inputs;
  const features = x.shape[x.shape.length - 3];
  const operands = matrices(all, to).map((matrix) => {
    const units = matrix.columns - features - 1;
    return [
      weights(matrix, LSTM_GATES, units, units + features, to),
      weights(matrix, LSTM_GATES, 0, units, to),
      biases(matrix, LSTM_GATES, [matrix.columns - 1, undefined], to),
    ];
  });
  return states(node, x, { op: 'LSTM', units: all.shape[all.shape.length - 1] - features - 1, operands }, to);
};

/** Translates a GRU. Its input is already the contribution of the inputs to the gates, so W is the identity. */
const gru: Translation = (node, to) => {
  const [gates, all] = node.inputs;
  const operands = matrices(all, to).map((matrix) => {
    const identity: Matrix = { rows: matrix.rows, columns: matrix.rows, at: (row, column) => Number(row === column) };
    const units = matrix.columns - 1;
    return [
      weights(identity, GRU_GATES, 0, matrix.rows, to),
      weights(matrix, GRU_GATES, 0, units, to),
      biases(matrix, GRU_GATES, [undefined, units], to),
    ];
  });
  const units = all.shape[all.shape.length - 1] - 1;
  return states(node, gates, { op: 'GRU', units, attributes: { linear_before_reset: 1 }, operands }, to);
};

export const recurrenceTranslations: Readonly<Record<string, Translation>> = { lstmLayer, gru };
