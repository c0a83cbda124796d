// The section on reproduction: everything that is needed for the same result.

import type { ReportInput } from '../input.js';
import { markup, type Part } from './markup.js';
import { details, table, type Section } from './section.js';

export function reproductionSection({ summary, command }: ReportInput): Section {
  const facts: [string, Part][] = [
    ['interlatent', summary.version],
    ['Node.js', summary.node],
    ['Seed', String(summary.config.seed)],
    ['Data fingerprint (SHA-256)', markup`<code class="break">${summary.fingerprint}</code>`],
  ];
  return {
    id: 'reproduction',
    title: 'Reproduction',
    body: [
      markup`<p>The same study file, tables, seed, settings and version give the same model, bit by bit, on the same
      kind of machine with any number of threads.</p>`,
      ...(command === undefined
        ? []
        : [
            markup`<div class="command"><pre tabindex="0" aria-label="Command"><code>${command}</code></pre>
<button type="button" class="quiet needs-script" data-copy>Copy</button></div>`,
          ]),
      markup`<dl class="pairs">${facts.map(
        ([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
      )}</dl>`,
      details('All settings', settings(summary)),
    ],
  };
}

function settings({ config }: ReportInput['summary']): Part {
  return table({
    caption: 'Settings of the fit',
    columns: [{ title: 'Setting' }, { title: 'Value', numeric: true }],
    rows: flat(config).map(([name, value]) => [markup`<code>${name}</code>`, value]),
  });
}

/** Returns nested settings as a list, with dots between their keys. */
export function flat(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, string][] =>
    typeof inner === 'object' && inner !== null ? flat(inner, `${prefix}${key}.`) : [[prefix + key, String(inner)]],
  );
}
