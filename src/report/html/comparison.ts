// A page that compares several runs: their settings, results, common latents and common links.

import { checkArgument, type Shape } from '../../errors/argument.js';
import type { LatentEdge, LatentGraph } from '../../causal/index.js';
import { drawnGraph } from '../../causal/blocks.js';
import { checkLatentGraph, crossEdges } from '../../causal/graph.js';
import { InputError } from '../../errors/errors.js';
import { conclusionsOf, headline, judgedGraph } from '../../conclusions/index.js';
import { AGREEMENT } from '../facts/agreement.js';
import { hiddenText, shownGraph } from '../facts/edge-status.js';
import { lossCurves, lossHistories, type LossHistory } from '../facts/losses.js';
import { matchLatents, type Match } from '../facts/matching.js';
import { stageTitle } from '../facts/stages.js';
import { count, counted, decimals, duration, number } from '../../text/numbers.js';
import { graphSvg } from '../graph-svg.js';
import { lossSvg } from '../loss-svg.js';
import type { ReportInput } from '../input.js';
import { comparedEvidence } from './compared-evidence.js';
import { markup, type Markup, type Part } from './markup.js';
import { page } from './page.js';
import { flat } from './reproduction.js';
import { figure, notice, table, type Section } from './section.js';
import { lossCaption, lossControls } from './training.js';

/** Minimum |ρ| for the latents of two runs to count as the same. */
const SAME = 0.8;

const RUN: Shape = { name: 'text', summary: { study: 'text', fingerprint: 'text', stages: [{}] }, history: [{}] };

/** A run in a comparison. */
export interface ComparedRun extends Pick<ReportInput, 'summary' | 'graph' | 'history'> {
  /** Name for readers, for example the folder of the run. */
  readonly name: string;
  /** Latents of the same subjects for all runs, subjects × latents in the graph's order. */
  readonly latents?: Float32Array;
}

/** Returns the page of a comparison; documented in src/model/on-demand.ts. */
export async function comparisonHtml(comparedRuns: readonly ComparedRun[]): Promise<string> {
  checkArgument('comparisonHtml: runs', comparedRuns, [RUN]);
  if (comparedRuns.length === 0) {
    throw new InputError('invalid-argument', 'comparisonHtml: runs is empty. A comparison needs at least two runs');
  }
  for (const { graph } of comparedRuns) checkLatentGraph('comparisonHtml', graph);
  const runs = comparedRuns.map(judged);
  const matches = runs.map((run) => matched(runs[0], run));
  const [{ summary }] = runs;
  const studies = [...new Set(runs.map((run) => run.summary.study))];
  const isSameData = runs.every((run) => run.summary.fingerprint === summary.fingerprint);
  return page({
    title: `${studies.join(', ')} · ${counted(runs.length, 'run')} · interlatent`,
    masthead: markup`<header class="masthead" id="top">
<p class="kicker">${counted(runs.length, 'run')} side by side</p><h1>${studies.join(', ')}</h1>
<p class="lead">${isSameData ? 'All runs have the same data.' : 'The runs have different data: compare with care.'}
${commonText(runs, matches)}</p></header>`,
    sections: [
      comparedEvidence(runs),
      settingsSection(runs),
      lossSection(runs),
      latentSection(runs, matches),
      await graphsSection(runs, matches),
    ],
  });
}

interface JudgedRun extends ComparedRun {
  /** Number of edges that are not shown, and the reason. Undefined if all are shown. */
  readonly hidden?: string | undefined;
}

/** Returns the run with the edges that are shown. Each edge has the verdict on its direction. */
function judged(run: ComparedRun): JudgedRun {
  const { graph, summary } = run;
  const conclusions = conclusionsOf(graph, summary);
  const shown = shownGraph(judgedGraph(graph, summary), conclusions);
  return { ...run, graph: shown, hidden: hiddenText(graph, conclusions) };
}

function matched(first: ComparedRun, run: ComparedRun): Match[] | undefined {
  if (first.latents === undefined || run.latents === undefined) return undefined;
  return matchLatents(first.graph, first.latents, run.graph, run.latents);
}

/** Describes how many latents and links of the first run all other runs have. */
function commonText([first, ...rest]: readonly ComparedRun[], matches: readonly (Match[] | undefined)[]): string {
  const known = matches.slice(1).filter((match) => match !== undefined);
  if (known.length < rest.length) return '';
  const { nodes, edges } = first.graph;
  const same = new Set(
    nodes.filter((_, i) => known.every((match) => match[i].correlation >= SAME)).map(({ name }) => name),
  );
  const otherLinks = rest.map(({ graph }, r) => linksOf(inNamesOf(first.graph, graph, known[r])));
  const links = edges.filter(
    (edge) => same.has(edge.from) && same.has(edge.to) && otherLinks.every((links) => links.has(linkName(edge))),
  ).length;
  return (
    `All runs have ${count(same.size)} of ${first.name}’s ${counted(nodes.length, 'latent')} (|ρ| ≥ ${SAME}) and ` +
    `${count(links)} of its ${counted(edges.length, 'link')}.`
  );
}

/** Returns the graph of another run with its latents renamed and ordered like their matches in the first run. */
function inNamesOf(first: LatentGraph, graph: LatentGraph, match: readonly Match[]): LatentGraph {
  const names = new Map(match.map(({ name }, i) => [name, first.nodes[i].name]));
  const edges = graph.edges.map((edge) => ({ ...edge, from: names.get(edge.from)!, to: names.get(edge.to)! }));
  const judged = new Map(
    graph.nodes.map(({ name, verdict, blockWith }) => [
      names.get(name),
      { verdict, blockWith: blockWith?.map((other) => names.get(other)!) },
    ]),
  );
  return { ...graph, nodes: first.nodes.map((node) => ({ ...node, ...judged.get(node.name) })), edges };
}

/** Returns a name of a link that does not depend on its direction. */
function linkName({ from, to }: { readonly from: string; readonly to: string }): string {
  return [from, to].sort().join(' – ');
}

/** Returns strengths by link. */
function linksOf({ edges }: { readonly edges: readonly LatentEdge[] }): Map<string, number> {
  return new Map(edges.map((edge) => [linkName(edge), edge.strength]));
}

function settingsSection(runs: readonly ComparedRun[]): Section {
  const last = ({ summary: { stages } }: ComparedRun) => stages[stages.length - 1];
  const rows: [string, (run: ComparedRun) => Part][] = [
    ['Training subjects', ({ summary }) => count(summary.subjects.train)],
    ['Fit', ({ summary }) => summary.config.fit],
    [
      'Validation objective of the last stage',
      (run) => number(last(run).objectives[last(run).chosenRestart] ?? NaN, 5),
    ],
    ['Time', ({ summary }) => duration(summary.seconds)],
    ['Links between modalities', ({ graph }) => count(crossEdges(graph).length)],
    ['Links within modalities', ({ graph }) => count(graph.edges.length - crossEdges(graph).length)],
    [
      'Mean agreement of restarts on a latent',
      ({ summary }) => decimals(summary.agreement.reduce((a, b) => a + b / summary.agreement.length, 0)),
    ],
    ['interlatent', ({ summary }) => summary.version],
  ];
  const settings = runs.map(({ summary: { config, model, fingerprint } }) => {
    const latents = model.modalities.map((m): [string, string] => [`${m.name}.latents`, String(m.latents)]);
    return new Map([['data', fingerprint.slice(0, 12)], ...latents, ...flat(config)]);
  });
  const keys = [...new Set(settings.flatMap((ofRun) => [...ofRun.keys()]))];
  const different = keys.filter((key) => new Set(settings.map((ofRun) => ofRun.get(key))).size > 1);
  const columns = (title: string) => [{ title }, ...runs.map(({ name }) => ({ title: name, numeric: true }))];
  return {
    id: 'settings',
    title: 'Settings and results',
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
            rows: different.map((key) => [
              markup`<code>${key}</code>`,
              ...settings.map((ofRun) => ofRun.get(key) ?? '–'),
            ]),
          }),
      markup`<p class="muted">Compare objectives only between runs with the same data and the same weights of the
      terms. ${AGREEMENT}</p>`,
    ],
  };
}

function lossSection(runs: readonly ComparedRun[]): Section {
  const losses = joinedLosses(runs);
  const title = 'Training';
  if (losses.length === 0) {
    return { id: 'training', title, body: notice(markup`<p>The runs have no stage in common.</p>`) };
  }
  const [shown] = losses;
  const [from, to] = [shown.epochs[0], shown.epochs[shown.epochs.length - 1]];
  return {
    id: 'training',
    title,
    data: { losses },
    body: [
      markup`<p>The curves show the chosen restart of each fit, by stage.</p>`,
      lossControls(losses),
      figure({
        name: 'losses',
        svg: lossSvg(lossCurves(shown, { term: shown.terms[0].name, from, to, onlyChosen: false }), {
          title: shown.terms[0].title,
          theme: 'page',
        }),
        drawing: 'losses',
        caption: lossCaption,
      }),
    ],
  };
}

/** Returns the stages of all runs. Each has one curve per run: that of its chosen restart. */
function joinedLosses(runs: readonly ComparedRun[]): LossHistory[] {
  const ofRuns = runs.map(({ history, summary }) =>
    lossHistories(history, new Map<string, number>(summary.stages.map((stage) => [stage.name, stage.chosenRestart]))),
  );
  const stages = [...new Set(ofRuns.flatMap((histories) => histories.map(({ stage }) => stage)))];
  const names = runs.map(({ name }) => name);
  return stages.map((stage): LossHistory => {
    const ofStage = ofRuns.map((histories) => histories.find((history) => history.stage === stage));
    const epochs = [...new Set(ofStage.flatMap((history) => history?.epochs ?? []))].sort((a, b) => a - b);
    const terms = [
      ...new Map(ofStage.flatMap((history) => history?.terms ?? []).map(({ name, title }) => [name, title])),
    ];
    const curve = (name: string, kind: 'training' | 'validation') =>
      ofStage.map((history) => {
        const values = history?.terms.find((term) => term.name === name)?.[kind][history.chosen];
        const byEpoch = new Map(history?.epochs.map((epoch, k) => [epoch, values?.[k] ?? null]));
        return epochs.map((epoch) => byEpoch.get(epoch) ?? null);
      });
    return {
      stage,
      title: stageTitle(stage),
      chosen: -1,
      names,
      epochs,
      terms: terms.map(([name, title]) => ({
        name,
        title,
        training: curve(name, 'training'),
        validation: curve(name, 'validation'),
      })),
      learningRate: [],
      sparsityWeight: [],
      phases: [],
    };
  });
}

function latentSection(runs: readonly ComparedRun[], matches: readonly (Match[] | undefined)[]): Section {
  const title = 'Common latents';
  const [first, ...rest] = runs;
  if (matches.slice(1).every((match) => match === undefined)) {
    return {
      id: 'latents',
      title,
      body: notice(
        markup`<p>Latents of different runs can be matched only on the same subjects, and only if the runs have the same
        modalities with the same numbers of latents. Pass the study with <code>--study FILE</code>.</p>`,
      ),
    };
  }
  return {
    id: 'latents',
    title,
    body: [
      markup`<p>Each latent of ${first.name} and its match in the other runs, with |Spearman’s ρ| over the same
      subjects. A value near 1 means the same latent; order and sign are arbitrary. Grey values, below ${SAME}, are
      different latents.</p>`,
      table({
        caption: 'Matched latents',
        columns: [{ title: first.name }, ...rest.map(({ name }) => ({ title: name, numeric: true }))],
        rows: first.graph.nodes.map(({ name }, i) => [
          name,
          ...matches.slice(1).map((match) => (match === undefined ? '–' : matchText(match[i]))),
        ]),
      }),
    ],
  };
}

function matchText({ name, correlation }: Match): Markup {
  const muted = correlation < SAME ? markup` class="muted"` : undefined;
  return markup`<span${muted}>${name}  ${decimals(correlation)}</span>`;
}

async function graphsSection(runs: readonly JudgedRun[], matches: readonly (Match[] | undefined)[]): Promise<Section> {
  const [first, ...rest] = runs;
  const graphs = runs.map(({ graph }, r) => (matches[r] ? inNamesOf(first.graph, graph, matches[r]) : graph));
  const drawings: Markup[] = [];
  for (const [r, run] of runs.entries()) {
    const { name } = run;
    const svg = await graphSvg(graphs[r], { title: `Causal graph of ${name}`, theme: 'page' });
    const localNames = r > 0 && matches[r] === undefined ? ['Its names do not refer to those of the first run. '] : [];
    const conclusions = conclusionsOf(run.graph, run.summary);
    const untested = conclusions.status === 'tested' ? [] : [headline(conclusions)];
    const caption = [...localNames, ...untested, ...(run.hidden === undefined ? [] : [run.hidden])];
    drawings.push(markup`<div><h3>${name}</h3>${figure({ name: `graph ${name}`, svg, caption })}</div>`);
  }
  const names = rest.some((_, r) => matches[r + 1] !== undefined)
    ? markup`<p>Latents have the names of their matches in ${first.name}.</p>`
    : undefined;
  return {
    id: 'graph',
    title: 'Graphs',
    body: [names, linkTable(runs, graphs), markup`<div class="together">${drawings}</div>`],
  };
}

function linkTable(runs: readonly ComparedRun[], graphs: readonly LatentGraph[]): Markup {
  const strengths = graphs.map((graph) => linksOf(drawnGraph(graph)));
  const links = [...new Set(strengths.flatMap((ofRun) => [...ofRun.keys()]))];
  const total = (link: string) => strengths.reduce((sum, ofRun) => sum + (ofRun.get(link) ?? 0), 0);
  links.sort((a, b) => total(b) - total(a));
  return table({
    caption: 'Strength of the shown links',
    columns: [{ title: 'Link' }, ...runs.map(({ name }) => ({ title: name, numeric: true }))],
    rows: links.map((link) => [
      link,
      ...strengths.map((ofRun) => (ofRun.has(link) ? decimals(ofRun.get(link)!, 3) : '–')),
    ]),
  });
}
