// An interactive graph: it describes edges and nodes, hides weak edges, and switches between drawing and table.

import { counted, percent, number } from '../../text/numbers.js';
import type { GraphFacts } from '../html/page-data.js';
import { controlsOf } from './controls.js';

export function graph(name: string, { edges, nodes }: GraphFacts): void {
  const view = document.querySelector<HTMLElement>(`[data-view="${name}"]`)!;
  const controls = controlsOf(name);
  const [drawing, list] = ['drawing', 'table'].map((part) => view.querySelector<HTMLElement>(`[data-part="${part}"]`)!);
  const arrows = [...drawing.querySelectorAll<SVGGElement>('[data-edge]')];
  const rows = [...list.querySelectorAll<HTMLTableRowElement>('tbody tr')];
  const status = view.querySelector<HTMLElement>('[data-count]')!;
  // Edges of observed causes have no strength, and rows of their table follow those of the links.
  const isLink = edges.map(({ strength }) => strength !== undefined);
  followPointer(drawing, arrows, { edges, nodes });
  const update = () => {
    const [strength, agreement] = [controls.number('strength') || 0, (controls.number('agreement') || 0) / 100];
    const isShown = edges.map(
      (edge) => (edge.strength ?? Infinity) >= strength && (edge.agreement ?? 1) >= agreement - 1e-9,
    );
    for (const arrow of arrows) arrow.style.display = isShown[Number(arrow.dataset['edge'])] ? '' : 'none';
    for (const [e, row] of rows.entries()) row.hidden = isLink[e] && !isShown[e];
    controls.set('strengthShown', number(strength));
    controls.set('agreementShown', percent(agreement));
    const visible = isShown.filter((is, e) => is && isLink[e]).length;
    const all = isLink.filter(Boolean).length;
    status.textContent = visible === all ? counted(visible, 'link') : `${visible} of ${counted(all, 'link')}`;
    const shown = controls.text('shown');
    drawing.hidden = shown === 'table';
    list.hidden = shown !== 'table';
  };
  controls.onChange(update);
  update();
}

function followPointer(drawing: HTMLElement, arrows: readonly SVGGElement[], { edges, nodes }: GraphFacts): void {
  const description = drawing.querySelector<HTMLElement>('[data-description]')!;
  const describe = ([title, ...rest]: readonly string[], isIncluded: (edge: number) => boolean) => {
    for (const arrow of arrows) arrow.classList.toggle('faded', !isIncluded(Number(arrow.dataset['edge'])));
    const strong = document.createElement('strong');
    strong.textContent = title;
    description.replaceChildren(strong, ` ${rest.join(' · ')}`);
  };
  const leave = () => {
    for (const arrow of arrows) arrow.classList.remove('faded');
  };
  const listen = (element: SVGGElement, point: () => void) => {
    element.addEventListener('pointerenter', point);
    element.addEventListener('focus', point);
    element.addEventListener('pointerleave', leave);
    element.addEventListener('blur', leave);
  };
  for (const arrow of arrows) {
    const e = Number(arrow.dataset['edge']);
    listen(arrow, () => describe(edges[e].description, (edge) => edge === e));
  }
  for (const node of drawing.querySelectorAll<SVGGElement>('[data-node]')) {
    const n = Number(node.dataset['node']);
    listen(node, () => describe(nodes[n], (edge) => edges[edge].ends.includes(n)));
  }
}
