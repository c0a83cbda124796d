// A plugin of typedoc: settings of a fit have the descriptions of the schema that checks them (dist/study.schema.json).
import { readFileSync } from 'node:fs';
import { Comment, Converter, ReflectionKind } from 'typedoc';

const { properties } = JSON.parse(readFileSync('dist/study.schema.json', 'utf8'));
const TRAINING = properties.training.properties;
const SPARSITY = properties.sparsity.properties;

/** Returns the description of a property, with the default of its schema; undefined if it is not a setting. */
function descriptionOf({ name, parent }) {
  const owner = parent?.kindOf(ReflectionKind.TypeLiteral) ? parent.parent : parent;
  const settings = owner?.name === 'sparsity' ? SPARSITY : { ...TRAINING, sparsity: properties.sparsity };
  const setting = settings[name];
  if (setting === undefined || !isOfSettings(parent)) return undefined;
  const { description, default: value } = setting;
  return value === undefined ? description : `${description} Default: \`${value}\`.`;
}

/** True for the properties of the options of a fit, and of the settings in a summary. */
function isOfSettings(reflection) {
  for (let at = reflection; at !== undefined; at = at.parent) {
    if (['FitOptions', 'FitSettings', 'config', 'settings', 'training'].includes(at.name)) return true;
  }
  return false;
}

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
      const text = property.comment ? undefined : descriptionOf(property);
      if (text !== undefined) property.comment = new Comment([{ kind: 'text', text }]);
    }
  });
}
