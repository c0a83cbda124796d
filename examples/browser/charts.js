// Charts of people's factors: a strip for one factor, a scatter plot for two.

import { shape } from './dom.js';

const STRIP = { height: 54, left: 9, right: 9, middle: 24 };
const CLOUD = { left: 46, right: 12, top: 10, bottom: 42 };
/** Maximal width of a letter of a label, in pixels. */
const LETTER_WIDTH = 6.6;
/** With more people, an even sample of them is drawn. */
const MAX_DOTS = 1500;

const finite = (values) => values.filter((value) => Number.isFinite(value));

function extent(values) {
  const known = finite(values);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = (high - low || 1) * 0.04;
  return [low - margin, high + margin];
}

const scale =
  ([low, high], [from, to]) =>
  (value) =>
    from + ((value - low) / (high - low)) * (to - from);

const shownRows = (count, chosen) => {
  const step = Math.max(1, Math.ceil(count / MAX_DOTS));
  return Array.from({ length: count }, (_, row) => row).filter((row) => row % step === 0 || row === chosen);
};

/** Returns an offset that depends only on the row, so that a dot does not move when the chart is drawn again. */
const jitter = (row) => ((row * 7919) % 101) / 101 - 0.5;

/**
 * Draws all people's values of a factor on a line, with a larger dot for the chosen person.
 * @param colour class of the modality
 */
export function strip(values, { width, background, chosen, colour, inferred, label }) {
  const x = scale(extent([...values, ...background]), [STRIP.left, width - STRIP.right]);
  const dots = shownRows(values.length, chosen)
    .filter((row) => row !== chosen && Number.isFinite(values[row]))
    .map((row) =>
      shape('circle', { class: `dot ${colour}`, cx: x(values[row]), cy: STRIP.middle + 26 * jitter(row), r: 3 }),
    );
  const behind = shownRows(background.length).map((row) =>
    shape('circle', { class: 'behind', cx: x(background[row]), cy: STRIP.middle + 26 * jitter(row), r: 3 }),
  );
  const at = x(values[chosen]);
  return shape(
    'svg',
    { viewBox: `0 0 ${width} ${STRIP.height}`, class: 'il-page strip', role: 'img', 'aria-label': label },
    shape('line', {
      class: 'il-axis',
      x1: STRIP.left,
      x2: width - STRIP.right,
      y1: STRIP.middle,
      y2: STRIP.middle,
    }),
    behind,
    dots,
    shape('line', { class: 'needle', x1: at, x2: at, y1: 2, y2: STRIP.height - 8 }),
    shape('circle', { class: inferred ? 'chosen hollow' : `chosen ${colour}`, cx: at, cy: STRIP.middle, r: 7 }),
  );
}

/**
 * Draws a scatter plot of two factors.
 * @param choose called with the row of a dot that was pressed
 */
export function cloud(across, upwards, { width, background, names, chosen, colour, inferred, ids, choose }) {
  const { left, right, top, bottom } = CLOUD;
  const height = Math.round(Math.min(420, 0.8 * width));
  const extents = [across, upwards].map((values, i) => extent([...values, ...background[i]]));
  const x = scale(extents[0], [left, width - right]);
  const y = scale(extents[1], [height - bottom, top]);
  const [x0, y0] = [left, height - bottom];
  const drawing = shape('svg', {
    ...{ viewBox: `0 0 ${width} ${height}`, class: 'il-page cloud', role: 'img', width, height },
    'aria-label': `${names[1]} against ${names[0]}, ${across.length} people; chosen: ${ids[chosen]}`,
  });
  drawing.append(
    shape('rect', { class: 'il-grid frame', x: x0, y: top, width: width - right - left, height: y0 - top, rx: 4 }),
    ...ticks(extents[0]).map((tick) =>
      shape(
        'text',
        { class: 'il-muted', x: x(tick), y: y0 + 16, 'text-anchor': 'middle', 'font-size': 11 },
        text(tick),
      ),
    ),
    ...ticks(extents[1]).map((tick) =>
      shape(
        'text',
        { class: 'il-muted', x: x0 - 7, y: y(tick) + 4, 'text-anchor': 'end', 'font-size': 11 },
        text(tick),
      ),
    ),
    shape(
      'text',
      { class: 'il-ink', x: (x0 + width - right) / 2, y: height - 6, 'text-anchor': 'middle', 'font-size': 12 },
      fitted(names[0], width - left - right),
    ),
    shape(
      'text',
      {
        class: 'il-ink',
        transform: `translate(13 ${(top + y0) / 2}) rotate(-90)`,
        'text-anchor': 'middle',
        'font-size': 12,
      },
      fitted(names[1], height - top - bottom),
    ),
  );
  for (const row of shownRows(background[0].length)) {
    drawing.append(shape('circle', { class: 'behind', cx: x(background[0][row]), cy: y(background[1][row]), r: 4 }));
  }
  for (const row of shownRows(across.length, chosen)) {
    if (row === chosen || !Number.isFinite(across[row] + upwards[row])) continue;
    const dot = shape(
      'circle',
      { class: `dot big ${inferred(row) ? 'hollow' : colour}`, cx: x(across[row]), cy: y(upwards[row]), r: 4 },
      shape('title', {}, ids[row]),
    );
    dot.addEventListener('click', () => choose(row));
    drawing.append(dot);
  }
  drawing.append(
    shape('circle', { class: 'ring', cx: x(across[chosen]), cy: y(upwards[chosen]), r: 11 }),
    shape('circle', {
      class: inferred(chosen) ? 'chosen hollow' : `chosen ${colour}`,
      cx: x(across[chosen]),
      cy: y(upwards[chosen]),
      r: 6,
    }),
  );
  return drawing;
}

/** Returns about five round numbers in a range. */
function ticks([low, high]) {
  const rough = (high - low) / 7;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, k) => (first + k) * step);
}

const text = (value) => String(Number(value.toPrecision(6))).replace('-', '−');

/** Shortens a label to a width in pixels. */
const fitted = (label, width) => {
  const maxLetters = Math.floor(width / LETTER_WIDTH);
  return label.length <= maxLetters ? label : `${label.slice(0, maxLetters - 1)}…`;
};
