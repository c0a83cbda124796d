// JSON Schema of a study file as users write it. The build writes it to dist/study.schema.json, with which editors
// complete and check a study file; the reference page of all keys is generated from it.

import * as z from 'zod';
import { studySchema } from './schema.js';

export interface JsonSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly JsonSchema[];
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema | readonly JsonSchema[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minItems?: number;
  maxItems?: number;
}

/** Returns the schema in draft 7, which all editors know. Rules that join several keys are not in it. */
export function studyJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(studySchema, {
    target: 'draft-7',
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      simplify(jsonSchema as JsonSchema);
    },
  });
  return { ...(schema as JsonSchema), title: 'Study file of interlatent' };
}

/** Removes bounds that are limits of JavaScript's numbers, and the empty map as the default of a map. */
function simplify(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_VALUE) {
    delete schema.minimum;
    schema.exclusiveMinimum = 0;
  }
  const { default: value } = schema;
  if (JSON.stringify(value) === '{}') delete schema.default;
}
