// How much the latents explain, in training and held out, beside what linear methods reach; and what must be known.

import { percentText, sampledText, subspacesText, type Quality } from '../../quality/index.js';
import type { RunSummary } from '../../training/run-folder.js';
import { sharedInformation, type SharedInformation } from '../facts/array-figures.js';
import { count, counted, decimals } from '../../format.js';
import { markup, type Markup } from './markup.js';
import { details, notice, table, type Section } from './section.js';

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
    title: 'How good the fit is',
    body: [
      ...warnings.map(({ text, items = [] }) => {
        const list = items.length === 0 ? undefined : markup`<ul>${items.map((item) => markup`<li>${item}</li>`)}</ul>`;
        return notice(markup`<p>${text}</p>${list}`, 'warning');
      }),
      table({
        caption: 'Explained variance',
        columns: [
          { title: 'Modality' },
          ...['Own columns, training', 'held out', 'Others’ columns, training', 'held out'].map(numeric),
          { title: 'Best linear method, held out' },
        ],
        rows: modalities.map(({ name, reconstruction, prediction, linear }, m) => [
          markup`<span class="dot m${m % 8}"></span>${name}`,
          ...[reconstruction.train, reconstruction.heldOut, prediction.train, prediction.heldOut].map(percentText),
          linear.length === 0 ? '–' : `${percentText(linear[0].heldOut)}, ${linear[0].method}`,
        ]),
      }),
      markup`<p class="muted">Shares of one sum of squares over all columns and subjects, about the training means;
      ${count(train)} training subjects, ${count(heldOut.measured ?? heldOut.subjects)} ${who}. Own columns: the
      decoder’s answer to latents and private noises. Others’ columns: a least-squares line from the latents, fitted on
      training subjects and shrunk as validation subjects ask. Linear methods predict the same columns from as many
      numbers, fitted on training subjects alone.</p>`,
      ...(choice === undefined ? [] : [markup`<p>${choice}</p>`]),
      ...(sampled === undefined ? [] : [markup`<p>${sampled}</p>`]),
      ...(shared === undefined ? [] : [foundByCorrelation(shared)]),
      ...(methods ? [linearMethods(modalities)] : []),
    ],
  };
}

function foundByCorrelation({ nats, subjects }: SharedInformation): Markup {
  return markup`<p id="correlation">Latents were found by deep canonical correlation: encoders alone, trained to know of
  the other modalities what can be known. On ${count(subjects)} validation subjects they share
  <strong>${decimals(nats)} nats</strong>, −½ Σ ln(1 − ρ²) over the canonical correlations of functions of the latents;
  0 is nothing. Decoders came last, with the latents fixed: rebuilding well is not what the latents were chosen
  for.</p>`;
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
      caption: 'Columns of the other modalities, explained',
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
