// The report of one run. The first sections, effects of observed causes, conclusions and drawings, are self-contained.
// All other sections are folded.

import { judgedGraph } from '../../conclusions/index.js';
import { subjectFacts, type SubjectFacts } from '../facts/index.js';
import { causesSection } from './causes.js';
import { diagnosticsSection } from './diagnostics.js';
import { discoveredSection } from './discovered.js';
import { enrichmentSection } from './enrichment.js';
import { evidenceSection, testedSection } from './evidence.js';
import { graphSection } from './graph.js';
import type { ReportInput } from '../input.js';
import { interpretationSection } from './interpretation.js';
import { interventionsSection } from './interventions.js';
import { latentsSection } from './latents.js';
import { looksSection } from './looks.js';
import { outcomesSection } from './outcomes.js';
import { overview } from './overview.js';
import { page } from './page.js';
import { figuresSection } from './association-figures.js';
import { qualitySection } from './quality.js';
import { reproductionSection } from './reproduction.js';
import { restartsSection } from './restarts.js';
import { studySection } from './study.js';
import { subgroupsSection } from './subgroups.js';
import { surveySection } from './survey.js';
import { trainingSection } from './training.js';
import { traversalsSection } from './traversals.js';

/**
 * Returns one self-contained HTML page about a fitted run.
 * @throws InternalError `layout-failed`, `asset-missing`
 */
export async function reportHtml(
  run: ReportInput,
  facts: SubjectFacts | undefined = subjectFacts(run),
): Promise<string> {
  const input = { ...run, graph: judgedGraph(run.graph, run.summary) };
  const { quality } = input.summary;
  const figures = await figuresSection(input);
  const causes = causesSection(input, facts);
  const interpretation = interpretationSection(input);
  const outcomes = outcomesSection(input);
  const subgroups = subgroupsSection(input);
  const looks = looksSection(input, facts);
  const tested = testedSection(input, facts);
  const geneSets = enrichmentSection(input);
  const survey = surveySection(input);
  const folded = [
    ...(tested === undefined ? [] : [tested]),
    latentsSection(input, facts),
    ...(geneSets === undefined ? [] : [geneSets]),
    ...(survey === undefined ? [] : [survey]),
    qualitySection(quality, input.summary),
    studySection(input),
    await graphSection(input, facts),
    ...(input.discovery === undefined ? [] : [await discoveredSection(input, input.discovery, facts)]),
    ...(looks === undefined ? [] : [looks]),
    traversalsSection(input, facts),
    interventionsSection(input),
    trainingSection(input),
    restartsSection(input),
    diagnosticsSection(input, facts),
    reproductionSection(input),
  ].map((section) => ({ ...section, folded: true }));
  return page({
    title: `${input.summary.study} · interlatent`,
    masthead: overview(input, facts),
    sections: [
      ...(causes === undefined ? [] : [causes]),
      evidenceSection(input, facts),
      ...(interpretation === undefined ? [] : [interpretation]),
      ...(figures === undefined ? [] : [figures]),
      ...(outcomes === undefined ? [] : [outcomes]),
      ...(subgroups === undefined ? [] : [subgroups]),
      ...folded,
    ],
  });
}
