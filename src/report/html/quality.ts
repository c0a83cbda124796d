// Quality of the fit: warnings, and the variance that latents explain in training and held-out subjects, compared with
// linear methods.

import { percentText, sampledText, subspacesText, type Quality } from '../../quality/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { hasExplained } from '../charts/explained-chart.js';
import { sharedInformation, type SharedInformation } from '../facts/array-figures.js';
import { count, counted, decimals } from '../../text/numbers.js';
import { markup, type Markup } from './markup.js';
import { chartFigure, details, notice, table, type Section } from './section.js';

export function qualitySection({ modalities, train, heldOut, warnings }: Quality, summary: RunSummary): Section {
  const shared = sharedInformation(summary);
  const choice = subspacesText(
    summary.subspaces,
    modalities.map(({ name }) => name),
  );
  const sampled = sampledText(summary);
  const who = heldOut.split === 'test' ? 'held-out subjects' : 'validation subjects';
  const numeric = (title: string) => ({ title, numeric: true });
  const methods = modalities.some(({ linear }) => linear.length > 0);
  return {
    id: 'quality',
    title: 'Quality of the fit',
    body: [
      ...warnings.map(({ text, items = [] }) => {
        const list = items.length === 0 ? undefined : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
        return notice(markup`<p>${text}</p>${list}`, 'warning');
      }),
      ...(hasExplained(modalities)
        ? [
            chartFigure(['explained', modalities], {
              name: 'explained variance',
              caption:
                'Hollow: training subjects. Filled: held-out subjects. Vertical mark: the best linear method, ' +
                'held-out subjects. A long line shows overfitting.',
            }),
          ]
        : []),
      table({
        caption: 'Explained variance',
        columns: [
          { title: 'Modality' },
          ...['Its columns, training', 'held out', 'Other columns, training', 'held out'].map(numeric),
          { title: 'Best linear method, held out' },
        ],
        rows: modalities.map(({ name, reconstruction, prediction, linear }, m) => [
          markup`<span class="dot m${m % 8}"></span>${name}`,
          ...[reconstruction.train, reconstruction.heldOut, prediction.train, prediction.heldOut].map(percentText),
          linear.length === 0 ? '–' : `${percentText(linear[0].heldOut)}, ${linear[0].method}`,
        ]),
      }),
      markup`<p class="muted">Explained shares of the sum of squares over all columns and subjects, about the training
      means; ${count(train)} training subjects, ${count(heldOut.measured ?? heldOut.subjects)} ${who}. Its columns: the
      decoder output from latents and private noise. Other columns: those of the other modalities, by a linear
      regression on the latents. It was fitted to training subjects and shrunk according to validation subjects. Linear
      methods predict the same columns with the same number of dimensions, fitted to training subjects only.</p>`,
      ...(choice === undefined ? [] : [markup`<p>${choice}</p>`]),
      ...(sampled === undefined ? [] : [markup`<p>${sampled}</p>`]),
      ...(shared === undefined ? [] : [foundByCorrelation(shared)]),
      ...(methods ? [linearMethods(modalities)] : []),
    ],
  };
}

function foundByCorrelation({ nats, subjects }: SharedInformation): Markup {
  return markup`<p id="correlation">Latents were found by deep canonical correlation: encoders were trained, without
  decoders, to share as much information between modalities as possible. In ${count(subjects)} validation subjects they
  share <strong>${decimals(nats)} nats</strong>: −½ Σ ln(1 − ρ²) over the canonical correlations of functions of the
  latents. 0 means that nothing is shared. Decoders were trained last, with fixed latents, so the latents were not
  chosen for good reconstructions.</p>`;
}

function linearMethods(modalities: Quality['modalities']): Markup {
  const rows = modalities.flatMap(({ name, prediction, linear }) => [
    [name, 'these latents', '', percentText(prediction.train), percentText(prediction.heldOut)],
    ...linear.map(({ method, setting, train, heldOut }) => [
      name,
      method,
      Object.entries(setting)
        .map(([key, value]) => `${key} ${value}`)
        .join(', '),
      percentText(train),
      percentText(heldOut),
    ]),
  ]);
  return details(`Every linear method, for ${counted(modalities.length, 'modality', 'modalities')}`, [
    table({
      caption: 'Explained columns of the other modalities',
      columns: [
        { title: 'From' },
        { title: 'By' },
        { title: 'Chosen by cross-validation' },
        { title: 'Training', numeric: true },
        { title: 'Held out', numeric: true },
      ],
      rows,
    }),
  ]);
}
