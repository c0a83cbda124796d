// A graph that can be pointed at: what an edge or a node is, which edges are strong enough, picture or table.

import { counted, percent, number } from '../format.js';
import type { GraphFacts } from '../html/page-data.js';
import { controlsOf } from './controls.js';

export function graph(name: string, { edges, nodes }: GraphFacts): void {
  const view = document.querySelector<HTMLElement>(`[data-view="${name}"]`)!;
  const controls = controlsOf(name);
  const [picture, list] = ['picture', 'table'].map((part) => view.querySelector<HTMLElement>(`[data-part="${part}"]`)!);
  const arrows = [...picture.querySelectorAll<SVGGElement>('[data-edge]')];
  const rows = [...list.querySelectorAll<HTMLTableRowElement>('tbody tr')];
  const status = view.querySelector<HTMLElement>('[data-count]')!;
  pointing(picture, arrows, { edges, nodes });
  const update = () => {
    const [strength, agreement] = [controls.number('strength') || 0, (controls.number('agreement') || 0) / 100];
    const kept = edges.map((edge) => edge.strength >= strength && edge.agreement >= agreement - 1e-9);
    for (const arrow of arrows) arrow.style.display = kept[Number(arrow.dataset['edge'])] ? '' : 'none';
    for (const [e, row] of rows.entries()) row.hidden = !kept[e];
    controls.set('strengthShown', number(strength));
    controls.set('agreementShown', percent(agreement));
    const left = kept.filter(Boolean).length;
    status.textContent = left === edges.length ? counted(left, 'link') : `${left} of ${counted(edges.length, 'link')}`;
    const shown = controls.text('shown');
    picture.hidden = shown === 'table';
    list.hidden = shown !== 'table';
  };
  controls.onChange(update);
  update();
}

function pointing(picture: HTMLElement, arrows: readonly SVGGElement[], { edges, nodes }: GraphFacts): void {
  const told = picture.querySelector<HTMLElement>('[data-told]')!;
  const tell = ([title, ...rest]: readonly string[], isMeant: (edge: number) => boolean) => {
    for (const arrow of arrows) arrow.classList.toggle('faded', !isMeant(Number(arrow.dataset['edge'])));
    const strong = document.createElement('strong');
    strong.textContent = title;
    told.replaceChildren(strong, ` ${rest.join(' · ')}`);
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
    const own = Number(arrow.dataset['edge']);
    listen(arrow, () => tell(edges[own].told, (edge) => edge === own));
  }
  for (const node of picture.querySelectorAll<SVGGElement>('[data-node]')) {
    const own = Number(node.dataset['node']);
    listen(node, () => tell(nodes[own], (edge) => edges[edge].ends.includes(own)));
  }
}
