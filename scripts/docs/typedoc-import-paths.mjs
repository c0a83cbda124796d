// A plugin of typedoc: modules are called as they are imported, by the `exports` of package.json, and begin with a
// sentence that says who they are for.
import { readFileSync } from 'node:fs';
import { Comment, Converter } from 'typedoc';

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Import paths by the module that typedoc sees: `serving/fastify`. */
const importPaths = new Map(
  Object.entries(exports).flatMap(([path, { import: entry, types = entry?.types }]) =>
    types ? [[types.replace(/^\.\/dist\/|\.d\.ts$/g, ''), path.replace(/^\./, name)]] : [],
  ),
);

const INTRODUCTIONS = {
  interlatent:
    'This module is for engineers who fit, load and question models in a Node program. ' +
    '[Embed in a Node program](/how-to/embed-in-node) is the introduction. Begin with `readStudy` and ' +
    '`MultimodalCausalModel`.',
  'interlatent/causal':
    'This module is for engineers who search causal graphs of columns: PC, FCI, GES, their tests, and graph formats. ' +
    'It needs no fitted model. [Causal discovery](/reference/causal-discovery) explains the options.',
  'interlatent/bullmq':
    'This module is for engineers whose fits are jobs of a BullMQ queue. [Queue fits as jobs](/how-to/queue-fits) is ' +
    'the introduction.',
  'interlatent/serving':
    'This module is for engineers who serve models with `node:http`, or manage models in memory. ' +
    '[Serve a model](/tutorials/serve-a-model) is the introduction, and [Server](/reference/serving) lists the routes.',
  'interlatent/fastify':
    'This module is for engineers who serve models with fastify. [Serve in production](/how-to/serve-in-production) ' +
    'has a whole program.',
  'interlatent/web':
    'This module is for engineers who open a fitted model in a web page. ' +
    '[Use a model in a browser](/how-to/browser) is the introduction.',
};

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const path = importPaths.get(module.name) ?? importPaths.get(`${module.name}/index`);
      if (path === undefined) throw new Error(`package.json exports no module ${module.name}`);
      const text = INTRODUCTIONS[path];
      if (text === undefined) throw new Error(`scripts/docs/typedoc-import-paths.mjs has no introduction of ${path}`);
      module.name = path;
      module.comment = new Comment([{ kind: 'text', text }]);
    }
  });
}
