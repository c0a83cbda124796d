// A plugin of typedoc: modules are called as they are imported, by the `exports` of package.json.
import { readFileSync } from 'node:fs';
import { Converter } from 'typedoc';

const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'));
/** Import paths by the module that typedoc sees: `serving/fastify`. */
const importPaths = new Map(
  Object.entries(exports).flatMap(([path, { import: entry, types = entry?.types }]) =>
    types ? [[types.replace(/^\.\/dist\/|\.d\.ts$/g, ''), path.replace(/^\./, name)]] : [],
  ),
);

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const path = importPaths.get(module.name) ?? importPaths.get(`${module.name}/index`);
      if (path === undefined) throw new Error(`package.json exports no module ${module.name}`);
      module.name = path;
    }
  });
}
