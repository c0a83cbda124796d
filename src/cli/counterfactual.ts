// interlatent counterfactual RUN STUDY --subject ID --set body.z1=+1sd: the values that a subject would have had
// (docs/reference/questions.md).

import { Command } from 'commander';
import type { QuestionOptions, Setting, SubjectCounterfactual } from '../questions/index.js';
import { InputError } from '../errors/errors.js';
import { actionRecords, assumedCell, intervalText, printAction, settingText } from './actions.js';
import { print, printJson, table } from './output.js';
import {
  askModel,
  printWarnings,
  questionOptions,
  readAsked,
  subjectProgress,
  writeRecords,
  type AnswerFlags,
} from './questions.js';
import { describe } from './help.js';

interface Flags extends AnswerFlags, QuestionOptions<'counterfactual'> {
  readonly set: Setting;
  readonly subject?: string;
}

export function counterfactualCommand(): Command {
  const command = new Command('counterfactual')
    .argument('<run>', 'RUN folder of a fit.')
    .argument('<study>', 'Study file with the subjects.')
    .option('--subject <id>', 'Answer for this subject (default: all subjects, with --out).');
  return describe(questionOptions(command, 'counterfactual'), {
    description: 'Shows what subjects would have been had some of their latents been set.',
    examples: ['interlatent counterfactual runs/study study.yaml --subject 1042 --set body.z1=-1sd'],
    details: [
      'The subject keeps its noise and everything that is not downstream. Intervals cover draws of what the values ' +
        'of the subject leave open; the uncertainty of the fit is not included. The answer assumes bijective ' +
        'mechanisms: cause and noise determine the effect, and cause and effect determine the noise ' +
        "(Pearl's abduction, action, prediction, with the flow as structural equations).",
    ],
  }).action(async (run: string, path: string, { set, subject, out, json, ...options }: Flags) => {
    if (subject === undefined && out === undefined) {
      throw new InputError(
        'invalid-option',
        'Name a subject with --subject, or use --out FILE for a table of all subjects.',
      );
    }
    await askModel(run, async (model) => {
      const { dataset } = await readAsked(model, path);
      const subjects = subject === undefined ? undefined : [subject];
      const progress = subjectProgress(process.stderr, subjects?.length ?? dataset.ids.length);
      const question = { subjects, ...options };
      const answers: { id: string; answer: SubjectCounterfactual }[] = [];
      for await (const answer of model.counterfactual(dataset, set, question)) {
        answers.push({ id: dataset.ids[answer.row], answer });
        if (!json) progress(answers.length);
      }
      if (out !== undefined) await writeRecords(out, answers.flatMap(records));
      if (json) printJson(out === undefined ? answers.map(shown) : { out, subjects: answers.length });
      else if (subject === undefined) print(`${answers.length} subjects written to ${out}`);
      else printAnswer(subject, set, answers[0].answer);
      if (!json) printWarnings(answers.at(0)?.answer.warnings ?? []);
    });
  });
}

interface Answer {
  readonly id: string;
  readonly answer: SubjectCounterfactual;
}

function shown({ id, answer: { lost, consequences, assumed, overClass, warnings } }: Answer) {
  return { id, lost, consequences, assumed, ...(overClass && { overClass }), warnings };
}

function records({ id, answer }: Answer): Record<string, string | number>[] {
  const values = () =>
    answer.consequences.map(({ name, kind, modality, unit, assumed, factual, counterfactual, effect }) => ({
      name,
      kind,
      modality,
      unit,
      factual: factual.mean,
      counterfactual: counterfactual.mean,
      low: counterfactual.low,
      high: counterfactual.high,
      effect: effect.mean,
      effect_low: effect.low,
      effect_high: effect.high,
      direction: assumedCell({ assumed }),
    }));
  return actionRecords(answer, values).map((one) => ({ id, ...one }));
}

function printAnswer(subject: string, setting: Setting, answer: SubjectCounterfactual): void {
  const heading = `${subject} had ${settingText(setting)}`;
  printAction(answer, {
    heading,
    unknown: `${heading}: only mean effects over all equally good graphs are known`,
    printValues: () => {
      print(
        table(
          ['', 'is', 'would be', 'interval', 'difference', 'direction'],
          answer.consequences.map(({ name, factual, counterfactual, effect, ...one }) => [
            name,
            factual.mean,
            counterfactual.mean,
            intervalText(counterfactual),
            effect.mean,
            assumedCell(one),
          ]),
        ),
      );
    },
  });
}
