// The JSON Schemas of the results that the clients in clients/ read.

import * as z from 'zod';
import { ANSWERS } from '../../src/serving/answer-schemas.js';
import { conclusionsSchema } from '../../src/serving/conclusions-schema.js';
import * as metricsModule from '../../src/training/metrics-file.js';
import * as summaryModule from '../../src/training/run-summary.js';
import * as subjectsModule from '../../src/training/subjects-file.js';
import type { Schema } from '../docs/schema-rows.js';

export interface ClientSchema {
  /** Name of the class in Python. */
  readonly name: string;
  /** Name of the list in R. */
  readonly list: string;
  readonly description: string;
  readonly schema: Schema;
}

/** Returns the schemas in the order of the generated files. The classes of the first one get the shortest names. */
export function clientSchemas(): ClientSchema[] {
  const run = jsonSchema(hidden(summaryModule, 'fileSchema'));
  return [
    {
      ...{ name: 'DescribedConclusions', list: 'conclusions', description: 'Conclusions of a fit with sentences.' },
      schema: jsonSchema(conclusionsSchema),
    },
    {
      ...{ name: 'Intervention', list: 'intervention', description: 'Effects of an intervention in the population.' },
      schema: jsonSchema(ANSWERS.intervene),
    },
    {
      ...{ name: 'RunSummary', list: 'run', description: 'Content of run.json.' },
      // The settings are those of a study file, and no client reads them.
      schema: { ...run, properties: { ...run.properties, config: { type: 'object' } } },
    },
    {
      ...{ name: 'HeldOutSubjects', list: 'subjects', description: 'Content of subjects.json.' },
      schema: jsonSchema(hidden(subjectsModule, 'subjectsSchema')),
    },
    {
      ...{ name: 'Metrics', list: 'metrics', description: 'A line of metrics.jsonl.' },
      schema: jsonSchema(hidden(metricsModule, 'metricsSchema')),
    },
  ];
}

/** Returns a schema that its module does not export. The plugin of describe-schemas.mjs exports it. */
function hidden(module: object, name: string): z.ZodType {
  const schema = (module as Readonly<Record<string, unknown>>)[name];
  if (schema === undefined) throw new Error(`no module exports the schema ${name}`);
  return schema as z.ZodType;
}

const jsonSchema = (schema: z.ZodType): Schema =>
  z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' }) as Schema;
