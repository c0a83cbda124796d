// The conclusions of a fit, and every output that derives from them: no output contradicts or exceeds them
// (docs/explanation/evidence.md).

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { graphToDot, graphToGraphml, graphToJson, type LatentGraph } from '../../src/causal/index.js';
import {
  conclusionsOf,
  describeConclusions,
  headline,
  linksOfBlocks,
  summarySentences,
  withDirections,
  type Conclusions,
  type LinkConclusion,
} from '../../src/conclusions/index.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import { followedEdges } from '../../src/questions/followed-edges.js';
import { exampleRun, type ExampleRun } from '../fixtures/example-runs.js';
import { OUTPUTS } from './outputs.js';

const sameTwo = (one: { first: string; second: string }, other: { first: string; second: string }) =>
  (one.first === other.first && one.second === other.second) ||
  (one.first === other.second && one.second === other.first);

describe('conclusions of evidence of all shapes', () => {
  const holds = (check: (conclusions: Conclusions, run: ExampleRun) => void) =>
    fc.assert(
      fc.property(exampleRun, (run) => check(conclusionsOf(run.graph, run.summary), run)),
      { numRuns: 300 },
    );

  test('support exactly the pairs and links that held-out subjects support', () => {
    holds(({ status, pairs, links, latents }, { summary: { evidence } }) => {
      expect(status === 'tested').toBe(evidence?.tested === true);
      for (const pair of pairs) {
        const source = evidence?.pairs.find((one) => sameTwo(one, pair));
        expect(pair.verdict === 'supported').toBe(source?.associated === true);
        expect(pair.p !== undefined).toBe((source?.folds.length ?? 0) > 0);
      }
      for (const link of links) {
        const source = evidence?.links.find((one) => sameTwo(one, link));
        expect(link.verdict === 'supported').toBe(source?.verdict === 'supported');
        expect(link.robustness !== undefined).toBe(link.verdict === 'supported');
      }
      const supported = evidence?.links.filter(({ verdict }) => verdict === 'supported') ?? [];
      expect(links.filter(({ verdict }) => verdict === 'supported')).toHaveLength(supported.length);
      for (const { name, modality, verdict, blockWith } of latents) {
        const source = evidence?.latents.find((one) => one.name === name);
        const otherLatents = latents.flatMap((one) =>
          one.modality === modality && one.name !== name ? [one.name] : [],
        );
        if (verdict === 'untested') expect(source).toBeUndefined();
        else expect(source!.replicated).toBe(verdict !== 'not-replicated');
        // Mechanisms are not known here, so only folds can show a component of several.
        if (verdict === 'component' && otherLatents.length > 0) {
          expect(source!.single).toBe(true);
          expect(source!.agreement).toBeGreaterThanOrEqual(0.85);
        }
        expect(blockWith !== undefined).toBe(verdict === 'block');
        for (const other of blockWith ?? []) expect(otherLatents).toContain(other);
      }
    });
  });

  test('call only what a test rules out "not supported", and give a reason for everything else', () => {
    holds(({ status, pairs, links }, { graph }) => {
      for (const { verdict, correlation } of pairs) {
        if (verdict === 'not-supported') expect(correlation!.upper).toBeLessThan(0.3);
      }
      const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
      for (const { first, second, verdict, reason, direct, isWithin } of links) {
        expect(isWithin).toBe(modalityOf.get(first) === modalityOf.get(second));
        if (verdict === 'supported') continue;
        expect(reason).toBeDefined();
        if (isWithin) expect(verdict).toBe('undecided');
        if (verdict !== 'not-supported' || direct) continue;
        const pair = { first: modalityOf.get(first)!, second: modalityOf.get(second)! };
        expect(pairs.find((one) => sameTwo(one, pair))?.verdict).toBe('not-supported');
      }
      if (status === 'tested') return;
      for (const { verdict } of [...pairs, ...links]) expect(verdict).toBe('undecided');
    });
  });

  test('direct a link only by one arrowhead, or by an asserted order between modalities', () => {
    holds(({ links }, { graph, summary: { evidence, config } }) => {
      for (const link of links) {
        const { verdict, from, to, share } = link.direction;
        if (verdict !== 'undecided') expect(sameTwo({ first: from!, second: to! }, link)).toBe(true);
        const arrowheads =
          evidence?.directions.filter((one) => sameTwo({ first: one.from, second: one.to }, link)) ?? [];
        if (verdict === 'supported') expect(arrowheads).toEqual([{ from, to, share }]);
        if (verdict !== 'assumed') continue;
        expect(config.sparsity).toMatchObject({ graph: 'ordered', order: 'assumed' });
        // Follow the edge of the fit; without one, go from the earlier modality to the later one.
        const edges = [...graph.edges, ...(evidence?.unsupported ?? [])];
        const names = graph.nodes.map(({ name }) => name);
        const isFitted = edges.some((edge) => edge.from === from && edge.to === to);
        expect(isFitted || names.indexOf(from!) < names.indexOf(to!)).toBe(true);
        expect(link.isWithin).toBe(false);
      }
    });
  });

  test('call a direction certain only if no equally good model has the other one, or tests support it', () => {
    holds(({ links, equivalence }, { summary }) => {
      expect(equivalence === undefined).toBe(summary.equivalence === undefined);
      for (const { first, second, verdict, direction, ...link } of equivalence?.links ?? []) {
        const known = links.find((one) => sameTwo(one, { first, second }));
        expect(verdict).toBe(known?.verdict);
        if (link.presence === 'absent') expect(verdict).toBe('supported');
        if (direction === undefined) continue;
        expect(sameTwo({ first: direction.from, second: direction.to }, { first, second })).toBe(true);
        const supported = known?.direction.verdict === 'supported' ? known.direction.from : undefined;
        if (supported !== undefined) expect(direction).toMatchObject({ presence: 'certain', from: supported });
        const modalityOf = (name: string): string => name.split('.')[0];
        const isReversed = summary.equivalence!.members.some(({ edges, mixed = [] }) => {
          const isBlock =
            modalityOf(first) === modalityOf(second) && [first, second].every((name) => mixed.includes(name));
          return !isBlock && edges.some(({ from, to }) => from === direction.to && to === direction.from);
        });
        if (isReversed && supported === undefined) expect(direction.presence).toBe('possible');
      }
      const supported = links.filter(({ verdict }) => verdict === 'supported');
      if (!equivalence) return;
      for (const link of supported) expect(equivalence.links.some((one) => sameTwo(one, link))).toBe(true);
    });
  });

  test('become at most ten sentences for any evidence', () => {
    holds((conclusions, { graph }) => {
      const search = { graph: { variables: graph.nodes }, edges: [], undrawn: [] };
      expect(summarySentences(conclusions, search).length).toBeLessThanOrEqual(10);
      expect(summarySentences(conclusions).length).toBeGreaterThanOrEqual(3);
    });
  });

  test('name every pair of latents once, and every pair that the fit links', () => {
    holds(({ links }, { graph }) => {
      links.forEach((link, i) => expect(links.findIndex((one) => sameTwo(one, link))).toBe(i));
      for (const { from, to } of graph.edges) {
        expect(links.find((link) => sameTwo({ first: from, second: to }, link))?.isFitted).toBe(true);
      }
    });
  });
});

/** Checks the claims of a text, by the words that outputs use. */
function checkClaims(output: string, conclusions: Conclusions): void {
  const { status, pairs, latents } = conclusions;
  const links = linksOfBlocks(conclusions);
  const lines = output.split('\n');
  const text = flat(output);
  const both = (line: string, { first, second }: { first: string; second: string }) =>
    [first, second].every((name) => new RegExp(`(^|[^\\w.])${escaped(name)}($|[^\\w.|]|\\.$|\\.[^z])`).test(line));
  const say = (words: RegExp) => lines.filter((line) => words.test(line));

  for (const pair of pairs) {
    const isSupported = pair.verdict === 'supported';
    for (const [one, other] of [
      [pair.first, pair.second],
      [pair.second, pair.first],
    ]) {
      if (!isSupported) {
        expect(text).not.toContain(`${one} and ${other} are associated`);
        expect(text).not.toContain(`the latents of ${one} and ${other} correlate`);
      }
      if (pair.p === undefined) expect(text).not.toContain(`No association between ${one} and ${other} was found`);
    }
    // A table cell in the row of the pair also counts.
    const cell = /(^|\s{2,})(supported|associated)(\s{2,}|\s*corrected|$)/;
    const rows = lines.filter((line) => cell.test(line) && both(line, pair));
    if (!isSupported) expect(rows).toEqual([]);
  }
  for (const link of links) {
    if (link.verdict === 'supported') continue;
    expect(text).not.toContain(`${link.first} and ${link.second} are directly linked`);
    expect(say(/(^|\s{2,})supported(\s{2,}|$)/).filter((line) => both(line, link))).toEqual([]);
    expect(say(/\d % \(\d+ %\)/).filter((line) => both(line, link))).toEqual([]);
  }
  const robust = conclusions.links.flatMap(({ robustness }) =>
    robustness ? [Math.floor(100 * robustness.estimate)] : [],
  );
  for (const [, share] of text.matchAll(/common cause must explain (\d+) %/g)) {
    expect(robust).toContain(Number(share));
  }
  const groups = links.flatMap(({ oneOf = [] }) => oneOf.map(({ from, to }) => `${from}: ${to.join(' and ')}`));
  for (const [, from, to] of text.matchAll(/(\S+) has a direct link with at least one of (\S+ and \S+) \(q/g)) {
    expect(groups).toContain(`${from}: ${to}`);
  }
  for (const { name, verdict, blockWith = [] } of latents) {
    if (verdict !== 'component') expect(text).not.toContain(`${name} is a component`);
    if (verdict !== 'block') expect(text).not.toContain(`${name} is identified only up to`);
    if (verdict !== 'not-replicated') expect(text).not.toContain(`${name} is not replicated`);
    if (blockWith.length > 0) checkNoSingleEdge(output, name);
  }
  checkArrows(output, links);
  checkCounts(text, conclusions);
  if (status !== 'tested') {
    expect(text).not.toMatch(
      /\w and \w+ are associated|directly linked|is a component|ruled out|\d % interval|\bp (<|0|\d)/,
    );
  }
}

/** Checks that no edge is one of this latent alone, which belongs to a block. */
function checkNoSingleEdge(output: string, name: string): void {
  const alone = `${escaped(name)}(?![\\w|])`;
  const edges = [`${alone} [→–] `, ` [→–] ${alone}`, `${alone} and \\S+ are directly`, `and ${alone} are directly`];
  for (const edge of edges) expect(output).not.toMatch(new RegExp(edge));
}

/** Checks that arrows and directions in words exist only for supported or assumed directions, and name the verdict. */
function checkArrows(output: string, links: readonly LinkConclusion[]): void {
  const text = flat(output);
  const inRows = rowArrows(output);
  const known = links.filter(({ direction }) => direction.verdict !== 'undecided').map(({ direction }) => direction);
  const arrows = [
    ...inRows,
    ...text.matchAll(/([\w.|]+) → ([\w.|]+)(?:, | \(direction )(\w+)/g),
    ...text.matchAll(/irection, from (\S+) to (\S+), is (supported|assumed)/g),
  ];
  for (const [, from, to, word] of arrows) {
    expect(known).toContainEqual(expect.objectContaining({ from, to, ...(word !== undefined && { verdict: word }) }));
  }
  const bare = text.match(/→/g)?.length ?? 0;
  const inline = [...text.matchAll(/[\w.|]+ → [\w.|]+(, | \(direction )(supported|assumed)/g)];
  expect(bare).toBe(inRows.length + inline.length);
}

/**
 * Returns `[row, from, to, direction]` of table rows with an arrow. A wide table is cut into several, of which only one
 * has the column of directions.
 */
function rowArrows(output: string): (string | undefined)[][] {
  let header: string[] = [];
  return output.split('\n').flatMap((row) => {
    const cells = row.split(/\s{2,}/);
    if (cells[0] === 'edge' || cells[0] === 'link') header = cells;
    const arrow = /^([\w.|]+) → ([\w.|]+)$/.exec(cells[0]);
    return arrow ? [[row, arrow[1], arrow[2], cells[header.indexOf('direction')]]] : [];
  });
}

/** Checks that numbers of pairs, links and latents in sentences match the conclusions. */
function checkCounts(text: string, { pairs, latents, ...conclusions }: Conclusions): void {
  const links = linksOfBlocks({ latents, links: conclusions.links });
  const tested = pairs.filter(({ p }) => p !== undefined);
  const supported = pairs.filter(({ verdict }) => verdict === 'supported').length;
  for (const [, all] of text.matchAll(/All (\d+) pairs of modalities/g)) {
    expect([Number(all), Number(all)]).toEqual([supported, tested.length]);
  }
  for (const [, some, all] of text.matchAll(/(\d+) of (\d+) pairs? of modalities/g)) {
    expect([Number(some), Number(all)]).toEqual([supported, tested.length]);
  }
  const direct = links.filter(({ verdict, isWithin, same }) => verdict === 'supported' && !isWithin && !same).length;
  for (const [, count] of text.matchAll(/(\d+) direct links? between latents (?:is|are) supported/g)) {
    expect(Number(count)).toBe(direct);
  }
  if (/No direct link (between two latents of different modalities )?is supported/.test(text)) expect(direct).toBe(0);
  const components = latents.filter(({ verdict }) => verdict === 'component').length;
  for (const [, some, all] of text.matchAll(/(\d+) of (\d+) latents? (?:is a component|are components)/g)) {
    expect([Number(some), Number(all)]).toEqual([components, latents.length]);
  }
  if (/(None of the \d+ latents?|no latent) is identified individually/.test(text)) expect(components).toBe(0);
  const ruledOut = pairs.filter(({ verdict }) => verdict === 'not-supported');
  for (const [, some] of text.matchAll(/0\.3 or more is ruled out for (\d+) of/g)) {
    expect(Number(some)).toBe(ruledOut.length);
  }
  if (text.includes('is ruled out for all')) expect(ruledOut).toHaveLength(tested.length);
  if (text.includes('A correlation of 0.3 is ruled out')) expect(ruledOut.length).toBeGreaterThan(0);
  if (text.includes('one of 0.3 is ruled out')) {
    expect(links.some(({ verdict, reason }) => verdict === 'not-supported' && reason === 'explained')).toBe(true);
  }
}

describe('graphs', () => {
  /** The form of an edge in a format: an arrow, and words. */
  const formats: Readonly<
    Record<string, (graph: LatentGraph) => { isArrow: boolean; direction?: string | undefined }[]>
  > = {
    json: (graph) =>
      (JSON.parse(graphToJson(graph)) as LatentGraph).edges.map(({ direction }) => ({
        isArrow: direction !== 'undecided',
        direction,
      })),
    dot: (graph) =>
      [...graphToDot(graph).matchAll(/ -> .*direction=(\w+)(.*)\];/g)].map(([, direction, rest]) => ({
        isArrow: !rest.includes('dir=none'),
        direction,
      })),
    graphml: (graph) =>
      [...graphToGraphml(graph).matchAll(/<edge ([^>]*)>[^]*?direction">(\w+)</g)].map(([, edge, direction]) => ({
        isArrow: !edge.includes('directed="false"'),
        direction,
      })),
  };

  test.each(Object.entries(formats))(
    '%s: an arrow exists exactly where the conclusions have one, with its reason',
    (_, drawn) => {
      fc.assert(
        fc.property(exampleRun, ({ graph, summary }) => {
          const { links } = conclusionsOf(graph, summary);
          const edges = drawn(withDirections(graph, summary));
          expect(edges).toHaveLength(graph.edges.length);
          graph.edges.forEach(({ from, to }, i) => {
            const { direction } = links.find((link) => sameTwo({ first: from, second: to }, link))!;
            const isAlong = direction.verdict !== 'undecided' && direction.from === from;
            expect(edges[i]).toEqual({ isArrow: isAlong, direction: isAlong ? direction.verdict : 'undecided' });
          });
        }),
        { numRuns: 200 },
      );
    },
  );
});

test('effects follow links that the conclusions support, in directions that the conclusions have', () => {
  fc.assert(
    fc.property(exampleRun, ({ graph, summary }) => {
      const { status, links } = conclusionsOf(graph, summary);
      const names = graph.nodes.map(({ name }) => name);
      const modalities = summary.model.modalities.map(({ name }) => name);
      const model = {
        summary,
        positions: [...names.keys()],
        flow: {
          parents: names.map((to) => graph.edges.flatMap((edge) => (edge.to === to ? [names.indexOf(edge.from)] : []))),
        },
        layout: { modalityOf: graph.nodes.map(({ modality }) => modalities.indexOf(modality)) },
      };
      const followed = followedEdges(model, names, {});
      if (status === 'tested') expect(followed.every(({ isSupported }) => isSupported)).toBe(true);
      for (const { from, to, isSupported, direction } of followed) {
        const link = links.find((one) => sameTwo({ first: from, second: to }, one))!;
        expect(isSupported).toBe(link.verdict === 'supported');
        // The conclusions have one edge for a cycle of two.
        if (graph.edges.some((edge) => edge.from === to && edge.to === from)) continue;
        const isAgainst = link.direction.verdict !== 'undecided' && link.direction.from !== from;
        expect(direction).toBe(isAgainst ? 'opposite' : link.direction.verdict);
      }
    }),
    { numRuns: 300 },
  );
});

/** Joins lines, because terminals break sentences. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function escaped(name: string): string {
  return name.replace(/[.|]/g, '\\$&');
}

describe('an output that states the conclusions', () => {
  test.each(OUTPUTS.map((output) => [output.name, output] as const))('%s', async (_, { text, hasHeadline }) => {
    const check = fc.asyncProperty(exampleRun, async (run) => {
      const conclusions = conclusionsOf(run.graph, run.summary);
      const output = await text(run);
      checkClaims(output, conclusions);
      if (hasHeadline) expect(flat(output)).toContain(headline(conclusions));
    });
    await fc.assert(check, { numRuns: 60 });
  });

  test('the schema of the server keeps every field', () => {
    fc.assert(
      fc.property(exampleRun, (run) => {
        const described = JSON.parse(JSON.stringify(describeConclusions(run))) as unknown;
        expect(conclusionsSchema.parse(described)).toEqual(described);
      }),
      { numRuns: 200 },
    );
  });

  test('is rejected if it states something else', () => {
    const run = fc.sample(
      exampleRun.filter(({ graph, summary }) => {
        const { status, pairs, links, latents } = conclusionsOf(graph, summary);
        return (
          status === 'tested' &&
          pairs.some(({ verdict }) => verdict === 'undecided') &&
          latents.some(({ blockWith = [] }) => blockWith.length > 0) &&
          links.some(({ verdict, direction }) => verdict === 'undecided' && direction.verdict === 'undecided')
        );
      }),
      { numRuns: 1, seed: 5 },
    )[0];
    const conclusions = conclusionsOf(run.graph, run.summary);
    const pair = conclusions.pairs.find(({ verdict }) => verdict === 'undecided')!;
    const link = conclusions.links.find(
      ({ verdict, direction }) => verdict === 'undecided' && direction.verdict === 'undecided',
    )!;
    const latent = conclusions.latents.find(({ blockWith = [] }) => blockWith.length > 0)!;
    for (const lie of [
      `${pair.first} and ${pair.second} are associated.`,
      `${pair.second} and ${pair.first} are associated.`,
      `${pair.first}  ${pair.second}  0.540  1.4e-7  supported`,
      `${pair.first} and ${pair.second}   associated corrected p 0.01`,
      `${link.first} and ${link.second} are directly linked.`,
      `${link.first} has a direct link with at least one of ${link.second} and ${link.first} (q = 0.001).`,
      `${link.first}   ${link.second}   0.1   supported   not known`,
      `${link.first} – ${link.second}  0.1  0.1  undecided  not known  34 % (21 %)`,
      'To explain this link away, an unmeasured common cause must explain 100 % of the remaining variance.',
      `${link.first} → ${link.second}, supported`,
      `${link.first} → ${link.second}`,
      `Its direction, from ${link.first} to ${link.second}, is assumed: it is the order in the study file.`,
      `${latent.name} is a component, identified up to a monotone scale.`,
      `${latent.name} – ${link.second}   0.1`,
      `In held-out subjects, the latents of ${pair.first} and ${pair.second} correlate by 0.5.`,
      '17 of 18 latents are components, identified up to a monotone scale.',
      'All 17 pairs of modalities are associated: a and b.',
      '17 of 18 pairs of modalities are associated.',
      '17 direct links between latents are supported.',
    ]) {
      expect(() => checkClaims(lie, conclusions)).toThrow();
    }
    expect(() => checkClaims(headline(conclusions), conclusions)).not.toThrow();
  });
});
