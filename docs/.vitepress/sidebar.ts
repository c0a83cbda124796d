// The pages of the site in the order of their groups. `npm run docs` fails for a page of docs/ that is in no group.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { root } from './routes.js';

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link: `/${link}` });

const pages = (folder: string, names: Readonly<Record<string, string>>): DefaultTheme.SidebarItem[] =>
  Object.entries(names).map(([name, text]) => page(text, `${folder}/${name}`));

const group = (text: string, items: DefaultTheme.SidebarItem[], collapsed = false): DefaultTheme.SidebarItem => ({
  text,
  items,
  collapsed,
});

export const sidebar: DefaultTheme.SidebarItem[] = [
  group('Tutorials', [
    ...pages('tutorials', {
      'first-study': 'Your first study',
      images: 'Images and a table',
      'time-series': 'Time series',
      'figure-for-a-paper': 'From a fit to a figure',
      'serve-a-model': 'Serve a model',
    }),
    page('Live demo', 'demo'),
  ]),
  group('How-to guides', [
    group('Data', [
      ...pages('how-to', {
        install: 'Install',
        'describe-missing-codes': 'Describe missing codes',
        'choose-the-cohort': 'Choose the cohort',
        'use-survey-weights': 'Use survey weights',
        'plan-the-sample-size': 'Plan the sample size',
        'choose-the-number-of-latents': 'Choose the number of latents',
        'adjust-for-covariates': 'Adjust for covariates',
      }),
      page('Treatments and other causes', 'causes'),
      ...pages('how-to', {
        'read-single-cell-data': 'Read single-cell data',
        'read-data-with-duckdb': 'Read data with DuckDB',
      }),
    ]),
    group(
      'Fit',
      pages('how-to', {
        'resume-a-fit': 'Resume a fit',
        'use-a-gpu': 'Use a GPU',
        'run-on-a-cluster': 'Run on a cluster',
        'share-a-run-folder': 'Share a RUN folder without ids',
      }),
    ),
    group(
      'Results',
      pages('how-to', {
        'read-the-conclusions': 'Read p, q and the verdicts',
        'relate-latents-to-outcomes': 'Relate latents to outcomes',
        'compare-subgroups': 'Compare subgroups',
        'make-figures': 'Make figures for a paper',
        'interpret-a-fit': 'Interpret a fit',
        'replicate-in-a-second-cohort': 'Replicate in a second cohort',
        'find-enriched-gene-sets': 'Find enriched gene sets',
        'encode-new-subjects': 'Encode new subjects',
        'ask-what-changes': 'Ask what changes',
        'impute-missing-values': 'Impute missing values',
        'find-a-graph-of-columns': 'Find a graph of columns',
        'compare-methods': 'Compare methods',
        evaluate: 'Compare with a known truth',
        export: 'Export a model',
      }),
    ),
    group(
      'Programs and servers',
      pages('how-to', {
        'embed-in-node': 'Embed in a Node program',
        'use-from-python': 'Use from Python',
        'use-from-r': 'Use from R',
        'queue-fits': 'Queue fits as jobs',
        'serve-in-production': 'Serve in production',
        browser: 'Use a model in a browser',
      }),
    ),
  ]),
  group('Reference', [
    group(
      'Input',
      pages('reference', {
        'study-file': 'Study file',
        'study-keys': 'Study file: all keys',
        files: 'File formats',
        images: 'Images',
        series: 'Time series',
        simulation: 'Simulated cases',
      }),
      true,
    ),
    group(
      'Output',
      pages('reference', {
        outputs: 'RUN folder and JSON',
        report: 'Report',
        questions: 'Questions to a model',
        'causal-discovery': 'Causal discovery',
        comparison: 'Comparison of methods',
      }),
      true,
    ),
    group(
      'Interfaces',
      [
        ...pages('reference', {
          cli: 'Command line',
          errors: 'Error codes',
          embedding: 'Threads, telemetry, jobs',
          serving: 'Server',
        }),
        group('API', apiPages(), true),
      ],
      true,
    ),
    group(
      'Measurements',
      [
        ...pages('reference', {
          performance: 'Performance',
          platforms: 'Platforms',
          reliability: 'Reliability',
        }),
        page('Results of experiments', 'results/'),
        page('Benchmarks', 'bench'),
      ],
      true,
    ),
  ]),
  group('Explanation', [
    group('Conclusions', [
      page('What a study can identify', 'identifiability'),
      ...pages('explanation', {
        evidence: 'Evidence',
        'evidence-statistics': 'Evidence for statisticians',
      }),
    ]),
    group(
      'Method',
      pages('explanation', {
        method: 'Method',
        subspaces: 'Subspaces of tables',
        'images-and-series': 'Images and series',
        determination: 'Determination and signs',
        'choosing-latents': 'Number of latents',
        'missing-data': 'Missing data',
        likelihoods: 'Kinds of columns',
      }),
    ),
    group(
      'Experiments',
      pages('explanation', {
        science: 'Experiments',
        baselines: 'Baselines',
        'causal-learn': 'Comparison with causal-learn',
      }),
    ),
    group(
      'Scale',
      pages('explanation', {
        scaling: 'Many processes and machines',
        'large-tables': 'Large tables',
        gpu: 'NVIDIA GPUs',
        'multiple-gpus': 'Several GPUs',
        webgpu: 'WebGPU',
      }),
    ),
    group(
      'Engine',
      pages('explanation', {
        engine: 'Graph, plan, backend',
        kernels: 'Kernels',
        'cuda-backend': 'CUDA backend',
        'cuda-testing': 'Testing the CUDA backend',
      }),
      true,
    ),
  ]),
  group(
    'Examples',
    [
      page('Phenotypes of NHANES', 'examples/phenotype'),
      page('Photographs of the retina', 'examples/fundus'),
      page('Wristbands and sleep', 'examples/wearable'),
      page('CRISPR screen', 'examples/crispr-screen'),
      page('Figures of breast cancers', 'examples/breast-cancer'),
      page('Light tunnel', 'examples/light-tunnel'),
      page('Trial', 'examples/trial'),
      page('A page that computes', 'examples/browser'),
      page('A server with a page', 'examples/server'),
    ],
    true,
  ),
  group(
    'Project',
    [
      page('Glossary', 'glossary'),
      page('Contributing', 'contributing'),
      page('Security', 'security'),
      page('Changelog', 'changelog'),
    ],
    true,
  ),
];

/** One page for each import path of package.json that typedoc has written. */
function apiPages(): DefaultTheme.SidebarItem[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  return paths.map((path) => {
    const name = path.replace(/^\./, 'interlatent');
    return page(name, `reference/api/${name}/`);
  });
}

const links = (items: readonly DefaultTheme.SidebarItem[]): string[] =>
  items.flatMap(({ link, items: inner }) => [...(link === undefined ? [] : [link]), ...links(inner ?? [])]);

/** @throws Error naming pages of docs/ that readers cannot reach from the sidebar */
export function checkSidebar(): void {
  const listed = new Set(links(sidebar));
  const missing = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md') && !/^(?:index\.md$|results\/|reference\/api\/|\.vitepress\/)/.test(name))
    .filter((name) => !listed.has(`/${name.replace(/\.md$/, '')}`));
  if (missing.length > 0) throw new Error(`docs/.vitepress/sidebar.ts does not list ${missing.join(', ')}`);
}
