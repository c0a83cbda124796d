// The commands of the program, in the order of its help. A command is loaded when it is used, because loading all of
// them takes longer than most of them run.

import type { Command } from 'commander';
import { QUESTIONS, type Question, type QuestionName } from '../questions/questions.js';

/** Headings of the list of commands, in the order of that list. */
const GROUPS = {
  data: 'Data:',
  fit: 'Fit:',
  questions: 'Questions:',
  compare: 'Compare:',
  scale: 'Scale:',
} as const;

export interface ListedCommand {
  readonly name: string;
  /** Heading of the command in the list of commands. */
  readonly group: keyof typeof GROUPS;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** Commands that print the answer to a question as a table. */
const QUESTION_COMMANDS = Object.entries<Question>(QUESTIONS).flatMap(([name, { command }]): ListedCommand[] =>
  command
    ? [
        {
          name,
          group: 'questions',
          summary: command.summary,
          load: async () => (await import('./questions.js')).questionCommand(name as QuestionName, command),
        },
      ]
    : [],
);

export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'init',
    group: 'data',
    summary: 'write a first study file from your tables',
    load: async () => (await import('./init.js')).initCommand(),
  },
  {
    name: 'inspect',
    group: 'data',
    summary: 'check a study file and show what a fit would read',
    load: async () => (await import('./inspect.js')).inspectCommand(),
  },
  {
    name: 'select',
    group: 'data',
    summary: 'recommend the number of latents of each modality',
    load: async () => (await import('./select.js')).selectCommand(),
  },
  {
    name: 'power',
    group: 'data',
    summary: 'say how many subjects find a link of a given size',
    load: async () => (await import('./power.js')).powerCommand(),
  },
  {
    name: 'simulate',
    group: 'data',
    summary: 'write data with a known truth, or draw subjects from a model',
    load: async () => (await import('./simulate.js')).simulateCommand(),
  },
  {
    name: 'fit',
    group: 'fit',
    summary: 'train on a study and write a RUN folder',
    load: async () => (await import('./fit.js')).fitCommand(),
  },
  {
    name: 'study',
    group: 'fit',
    summary: 'run a whole study, from tables to a report',
    load: async () => (await import('./study.js')).studyCommand(),
  },
  {
    name: 'report',
    group: 'fit',
    summary: 'write a report that opens in any browser',
    load: async () => (await import('./report.js')).reportCommand(),
  },
  {
    name: 'table',
    group: 'fit',
    summary: 'print what the latents of a fit mean, as tables',
    load: async () => (await import('./table.js')).tableCommand(),
  },
  {
    name: 'figures',
    group: 'fit',
    summary: 'write every figure of a fit for a paper, as SVG and PDF',
    load: async () => (await import('./figures.js')).figuresCommand(),
  },
  {
    name: 'graph',
    group: 'fit',
    summary: 'draw, convert or compare a graph',
    load: async () => (await import('./graph.js')).graphCommand(),
  },
  {
    name: 'export',
    group: 'fit',
    summary: 'write encoders, results, or subjects for other programs',
    load: async () => (await import('./export.js')).exportCommand(),
  },
  {
    name: 'encode',
    group: 'questions',
    summary: 'compute the latents of subjects',
    load: async () => (await import('./encode.js')).encodeCommand(),
  },
  {
    name: 'intervene',
    group: 'questions',
    summary: 'show the effect of setting a latent or a treatment in the population',
    load: async () => (await import('./intervene.js')).interveneCommand(),
  },
  {
    name: 'counterfactual',
    group: 'questions',
    summary: 'show what a subject would have been had a latent been set',
    load: async () => (await import('./counterfactual.js')).counterfactualCommand(),
  },
  {
    name: 'impute',
    group: 'questions',
    summary: 'estimate missing cells and missing modalities',
    load: async () => (await import('./impute.js')).imputeCommand(),
  },
  {
    name: 'predict',
    group: 'questions',
    summary: 'predict one modality from other modalities',
    load: async () => (await import('./impute.js')).predictCommand(),
  },
  ...QUESTION_COMMANDS,
  {
    name: 'replicate',
    group: 'compare',
    summary: 'test what a fit supports in a second cohort',
    load: async () => (await import('./replicate.js')).replicateCommand(),
  },
  {
    name: 'discover',
    group: 'questions',
    summary: 'search the causal graph over columns or latents',
    load: async () => (await import('./discover.js')).discoverCommand(),
  },
  {
    name: 'evaluate',
    group: 'compare',
    summary: 'compare latents and graph with a known truth, or score latents',
    load: async () => (await import('./evaluate.js')).evaluateCommand(),
  },
  {
    name: 'compare',
    group: 'compare',
    summary: 'compare methods on the same subjects of a study',
    load: async () => (await import('./compare.js')).compareCommand(),
  },
  {
    name: 'null',
    group: 'compare',
    summary: 'show what chance alone would find in this study',
    load: async () => (await import('./null.js')).nullCommand(),
  },
  {
    name: 'shard',
    group: 'scale',
    summary: 'train shards of a fit that several processes share',
    load: async () => (await import('./shard.js')).shardCommand(),
  },
  {
    name: 'gather',
    group: 'scale',
    summary: 'write the RUN folder of a fit that workers have trained',
    load: async () => (await import('./gather.js')).gatherCommand(),
  },
  {
    name: 'devices',
    group: 'scale',
    summary: 'list processors and GPUs that can compute',
    load: async () => (await import('./devices.js')).devicesCommand(),
  },
  {
    name: 'profile',
    group: 'scale',
    summary: 'show where the time of a training step goes',
    load: async () => (await import('./profile.js')).profileCommand(),
  },
];

/** Returns a command with its place in the list of commands. */
export function listed(command: Command, { group, summary }: ListedCommand): Command {
  return command.helpGroup(GROUPS[group]).summary(summary);
}
