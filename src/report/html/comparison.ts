// Several runs side by side: what they were told, where they ended, which latents are the same, which links they share.

import { lossCurves, lossHistories, type LossHistory } from '../facts/losses.js';
import { matchLatents, type Match } from '../facts/matching.js';
import { crossEdges } from '../facts/mechanisms.js';
import { partTitle } from '../facts/parts.js';
import { count, counted, decimals, duration, number } from '../format.js';
import { graphSvg } from '../graph-svg.js';
import { lossSvg } from '../loss-svg.js';
import type { ReportInput } from './input.js';
import { markup, type Markup, type Part } from './markup.js';
import { page } from './page.js';
import { flat } from './reproduction.js';
import { figure, notice, table, type Section } from './section.js';
import { lossControls } from './training.js';

/** A run as a comparison shows it. */
export interface ComparedRun extends Pick<ReportInput, 'summary' | 'graph' | 'history'> {
  /** What people call it, for example its folder. */
  readonly name: string;
  /** Latents of subjects that all runs were shown, subjects × latents in the graph's order. */
  readonly latents?: Float32Array;
}

/**
 * One self-contained HTML page that sets runs side by side.
 * @param runs two or more; latents are matched to those of the first
 */
export async function comparisonHtml(runs: readonly ComparedRun[]): Promise<string> {
  const matches = runs.map((run) => matched(runs[0], run));
  const [{ summary }] = runs;
  const studies = [...new Set(runs.map((run) => run.summary.study))];
  return page({
    title: `${studies.join(', ')} · ${counted(runs.length, 'run')} · interlatent`,
    masthead: markup`<header class="masthead" id="top"><p class="kicker">${counted(runs.length, 'run')} side by side</p><h1>${studies.join(', ')}</h1>
<p class="lead">${runs.every((run) => run.summary.fingerprint === summary.fingerprint) ? 'All of the same data.' : 'Not all of the same data: compare with care.'}</p></header>`,
    sections: [
      settingsSection(runs),
      lossSection(runs),
      latentSection(runs, matches),
      await graphsSection(runs, matches),
    ],
  });
}

function matched(first: ComparedRun, run: ComparedRun): Match[] | undefined {
  if (first.latents === undefined || run.latents === undefined) return undefined;
  return matchLatents(first.graph, first.latents, run.graph, run.latents);
}

function settingsSection(runs: readonly ComparedRun[]): Section {
  const last = ({ summary: { parts } }: ComparedRun) => parts[parts.length - 1];
  const rows: [string, (run: ComparedRun) => Part][] = [
    ['Subjects that trained', ({ summary }) => count(summary.subjects.train)],
    ['Parts', ({ summary }) => summary.parts.map(({ name }) => partTitle(name)).join(', ')],
    ['Validation objective of the last part', (run) => number(last(run).objectives[last(run).chosenRun] ?? NaN, 5)],
    ['Time', ({ summary }) => duration(summary.seconds)],
    ['Links between modalities', ({ graph }) => count(crossEdges(graph).length)],
    ['Links within modalities', ({ graph }) => count(graph.edges.length - crossEdges(graph).length)],
    [
      'Mean agreement on a latent',
      ({ summary }) => decimals(summary.agreement.reduce((a, b) => a + b / summary.agreement.length, 0)),
    ],
    ['interlatent', ({ summary }) => summary.version],
  ];
  const settings = runs.map(({ summary: { config, model, fingerprint } }) => {
    const latents = model.modalities.map(({ name, latents: own }): [string, string] => [
      `${name}.latents`,
      String(own),
    ]);
    return new Map([['data', fingerprint.slice(0, 12)], ...latents, ...flat(config)]);
  });
  const keys = [...new Set(settings.flatMap((own) => [...own.keys()]))];
  const different = keys.filter((key) => new Set(settings.map((own) => own.get(key))).size > 1);
  const columns = (title: string) => [{ title }, ...runs.map(({ name }) => ({ title: name, numeric: true }))];
  return {
    id: 'settings',
    title: 'What the runs were told, and where they ended',
    body: [
      table({
        caption: 'Results',
        columns: columns('Result'),
        rows: rows.map(([title, read]) => [title, ...runs.map(read)]),
      }),
      different.length === 0
        ? markup`<p>The settings are the same.</p>`
        : table({
            caption: 'Settings that differ',
            quiet: false,
            columns: columns('Setting'),
            rows: different.map((key) => [markup`<code>${key}</code>`, ...settings.map((own) => own.get(key) ?? '–')]),
          }),
      markup`<p class="muted">Objectives compare only between runs of the same data and the same weights of the terms.</p>`,
    ],
  };
}

function lossSection(runs: readonly ComparedRun[]): Section {
  const losses = joinedLosses(runs);
  const title = 'How training went';
  if (losses.length === 0)
    return { id: 'training', title, body: notice(markup`<p>The runs have no part in common.</p>`) };
  const [shown] = losses;
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  return {
    id: 'training',
    title,
    data: { losses },
    body: [
      markup`<p>The chosen run of each, by part. ${runs.map(({ name }, i) => `Run ${i} is ${name}`).join('; ')}.</p>`,
      lossControls(losses),
      figure({
        name: 'losses',
        svg: lossSvg(lossCurves(shown, { term: shown.terms[0].name, from, to, onlyChosen: false }), {
          title: shown.terms[0].title,
          theme: 'page',
        }),
        drawing: 'losses',
      }),
    ],
  };
}

/** The parts that any of the runs has, each with one curve per compared run: that of its chosen run. */
function joinedLosses(runs: readonly ComparedRun[]): LossHistory[] {
  const own = runs.map(({ history, summary }) =>
    lossHistories(history, new Map(summary.parts.map((part) => [part.name as string, part.chosenRun]))),
  );
  const parts = [...new Set(own.flatMap((histories) => histories.map(({ part }) => part)))];
  return parts.map((part): LossHistory => {
    const found = own.map((histories) => histories.find((history) => history.part === part));
    const epochs = [...new Set(found.flatMap((history) => history?.epochs ?? []))].sort((a, b) => a - b);
    const terms = [
      ...new Map(found.flatMap((history) => history?.terms ?? []).map(({ name, title }) => [name, title])),
    ];
    const curve = (name: string, kind: 'training' | 'validation') =>
      found.map((history) => {
        const values = history?.terms.find((term) => term.name === name)?.[kind][history.chosen];
        const byEpoch = new Map(history?.epochs.map((epoch, k) => [epoch, values?.[k] ?? null]));
        return epochs.map((epoch) => byEpoch.get(epoch) ?? null);
      });
    return {
      part,
      title: partTitle(part),
      chosen: -1,
      epochs,
      terms: terms.map(([name, title]) => ({
        name,
        title,
        training: curve(name, 'training'),
        validation: curve(name, 'validation'),
      })),
      learningRate: [],
      sparsityWeight: [],
      stages: [],
    };
  });
}

function latentSection(runs: readonly ComparedRun[], matches: readonly (Match[] | undefined)[]): Section {
  const title = 'Which latents are the same';
  const [first, ...others] = runs;
  if (matches.slice(1).every((match) => match === undefined)) {
    return {
      id: 'latents',
      title,
      body: notice(
        markup`<p>Latents of different runs can be matched only on the same subjects, and between runs of the same modalities with equally many latents. Give the study’s data with <code>--study FILE</code>.</p>`,
      ),
    };
  }
  return {
    id: 'latents',
    title,
    body: [
      markup`<p>Each latent of ${first.name} beside its match in the others, with |Spearman’s ρ| over the same subjects. Near 1 is the same latent; order and sign are free.</p>`,
      table({
        caption: 'Matched latents',
        columns: [{ title: first.name }, ...others.map(({ name }) => ({ title: name, numeric: true }))],
        rows: first.graph.nodes.map(({ name }, i) => [
          name,
          ...matches
            .slice(1)
            .map((match) => (match === undefined ? '–' : `${match[i].name}  ${decimals(match[i].correlation)}`)),
        ]),
      }),
    ],
  };
}

async function graphsSection(
  runs: readonly ComparedRun[],
  matches: readonly (Match[] | undefined)[],
): Promise<Section> {
  const pictures: Markup[] = [];
  for (const { name, graph } of runs) {
    pictures.push(
      markup`<h3>${name}</h3>${figure({ name: `graph ${name}`, svg: await graphSvg(graph, { theme: 'page' }) })}`,
    );
  }
  return { id: 'graph', title: 'The graphs', body: [linkTable(runs, matches), ...pictures] };
}

/** Links under the names of the first run's latents; those of a run that could not be matched keep their own names. */
function linkTable(runs: readonly ComparedRun[], matches: readonly (Match[] | undefined)[]): Markup {
  const [{ graph }] = runs;
  const found = runs.map((run, r) => {
    const names = new Map(matches[r]?.map(({ name }, i) => [name, graph.nodes[i].name]));
    const named = (name: string) => names.get(name) ?? name;
    return new Map(run.graph.edges.map(({ from, to, strength }) => [`${named(from)} → ${named(to)}`, strength]));
  });
  const links = [...new Set(found.flatMap((own) => [...own.keys()]))];
  const total = (link: string) => found.reduce((sum, own) => sum + (own.get(link) ?? 0), 0);
  links.sort((a, b) => total(b) - total(a));
  return table({
    caption: 'Strength of every link in every run',
    columns: [{ title: 'Link' }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: links.map((link) => [link, ...found.map((own) => (own.has(link) ? decimals(own.get(link)!, 3) : '–'))]),
  });
}
