// interlatent discover RUN [TABLE…]: the graph over latents, and optionally measured columns, by error-aware tests.

import type { BackgroundKnowledge } from '../causal/discovery/index.js';
import { drawnCausalGraph, withLatentVerdicts } from '../causal/drawn-causal-graph.js';
import { causalGraphContent } from '../causal/graph-json.js';
import { conclusionsOf, linksNotConfirmed, notConfirmedText, sharedTexts } from '../conclusions/index.js';
import { InputError } from '../errors/errors.js';
import { LINK_ALPHA, type LatentDiscovery, type RefittedDiscovery } from '../evidence/index.js';
import { counted } from '../text/numbers.js';
import { readRun } from '../training/run-folder.js';
import { readColumns } from './discover-columns.js';
import { readRefits, type RefitFlags } from './discover-refits.js';
import { formatOf, writeDiscovery, WRITERS, type GraphFileFormat } from './discovery-files.js';
import { discoverLatentsWithProgress, printHalfSamples } from './discovery-progress.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printLevels, printLinks } from './latent-discovery-text.js';
import { latentQuestion, measuredByUnit } from './latent-question.js';
import { readLatentColumns } from './latents-file.js';
import { print, printJson, wrapped } from './output.js';

export interface RunFlags extends RefitFlags {
  readonly id?: string;
  readonly columns?: readonly string[];
  readonly threads?: number;
  readonly seed: number;
  readonly out?: string;
  readonly format?: GraphFileFormat;
  readonly json?: boolean;
}

/**
 * Refuses options of column searches.
 * @param refused the options of the user that a search over latents does not have
 * @throws InputError `latents-need-error-aware`
 */
export function checkLatentOptions(refused: readonly string[]): void {
  if (refused.length === 0) return;
  throw new InputError(
    'latents-need-error-aware',
    `${refused.join(', ')}: PC, FCI, and GES take the measurement errors of latents for links. interlatent discover ` +
      'therefore uses tests that account for these errors, at fixed levels. Leave the option out. For ' +
      'measured columns alone leave the RUN folder out.',
    { options: refused },
  );
}

/**
 * Searches and prints the graph.
 * @throws InputError `untested-latents`, `missing-id`, `no-shared-rows`; errors of the search
 */
export async function discoverRun(
  run: string,
  tables: readonly string[],
  knowledge: BackgroundKnowledge | undefined,
  flags: RunFlags,
): Promise<void> {
  const { id, columns: wanted, threads, seed, out, format, json = false, halfSamples } = flags;
  const form = format ?? (out === undefined ? undefined : formatOf(out));
  const { graph: fitted, summary } = await readRun(run);
  const question = await latentQuestion(run, fitted, summary);
  const { measured, leftOut } = await readMeasured(run, tables, { id, fitted, wanted });
  const refits = flags.refit === true ? await readRefits(run, flags) : undefined;
  const result = await interruptible(async (signal) => {
    try {
      const full = { ...question, measured, knowledge, ...(wanted && { variables: wanted }) };
      const options = { halfSamples, seed, signal, ...(threads !== undefined && { threads }) };
      return await discoverLatentsWithProgress(full, options, json ? 'bar' : 'lines', refits);
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  const shares = sharesOf(result);
  const conclusions = conclusionsOf(fitted, summary);
  const graph = withLatentVerdicts(result.graph, conclusions.latents);
  const drawn = {
    graph,
    edges: result.edges,
    undrawn: result.undrawn,
    ...(shares && { halfSamples: shares }),
  };
  if (out !== undefined && form !== undefined) await writeDiscovery(out, form, drawn);
  if (json) {
    const { links, directions, undrawn, unrelated, units } = result;
    printJson({
      method: 'error-aware',
      run,
      alpha: LINK_ALPHA,
      units,
      leftOut,
      unrelated,
      ...causalGraphContent(graph, result.edges),
      undrawn,
      links,
      directions,
      halfSamples: shares,
      out,
      linksNotConfirmed: linksNotConfirmed(conclusions, result),
    });
  } else if (form !== undefined && out === undefined) {
    print((await WRITERS[form](drawn)).trimEnd());
  } else {
    const { links, unrelated, units } = result;
    const drawnLinks = drawnCausalGraph(graph, result.edges).edges.length;
    print(
      `${counted(graph.variables.length, 'variable')}, ${counted(units, 'unit')} (subjects, or groups of them); ` +
        `${counted(links.length, 'pair')} tested, ${counted(drawnLinks, 'link')}`,
    );
    if (leftOut.length > 0) print(`left out, texts: ${leftOut.join(', ')}`);
    for (const sentence of sharedTexts(conclusions)) print(`\n${wrapped(sentence)}`);
    for (const sentence of notConfirmedText(conclusions, result)) print(`\n${wrapped(sentence)}`);
    printLinks(drawn, unrelated);
    printLevels(graph);
    if (shares) printHalfSamples(shares);
    if (out !== undefined) print(`\nWritten to ${out}`);
  }
}

function sharesOf(result: LatentDiscovery | RefittedDiscovery) {
  return 'halfSamples' in result ? result.halfSamples : undefined;
}

async function readMeasured(
  run: string,
  tables: readonly string[],
  {
    id,
    fitted,
    wanted,
  }: { id: string | undefined; fitted: Parameters<typeof readLatentColumns>[1]; wanted: readonly string[] | undefined },
) {
  if (tables.length === 0) return { measured: undefined, leftOut: [] };
  if (id === undefined) {
    throw new InputError(
      'missing-id',
      'tables are joined with the subjects of a RUN by an id. Name its column with --id',
    );
  }
  const { columns, ids = [], leftOut } = await readColumns(tables, { id, texts: 'binary', isNamed: true });
  const text = wanted?.find((name) => leftOut.includes(name));
  if (text !== undefined) {
    throw new InputError(
      'not-numeric',
      `column '${text}' has more than two text levels, which error-aware tests cannot use. Leave it out, or ` +
        'code its levels as columns of 0 and 1',
      { column: text },
    );
  }
  return { measured: measuredByUnit({ ids, columns }, await readLatentColumns(run, fitted)), leftOut };
}
