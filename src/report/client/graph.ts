// A graph that can be pointed at: what an edge is, which edges are strong enough, picture or table.

import { counted, percent, number } from '../format.js';
import type { EdgeFacts } from '../html/page-data.js';
import { controlsOf } from './controls.js';

export function graph(name: string, edges: readonly EdgeFacts[]): void {
  const view = document.querySelector<HTMLElement>(`[data-view="${name}"]`)!;
  const controls = controlsOf(name);
  const [picture, list] = ['picture', 'table'].map((part) => view.querySelector<HTMLElement>(`[data-part="${part}"]`)!);
  const arrows = [...picture.querySelectorAll<SVGGElement>('[data-edge]')];
  const rows = [...list.querySelectorAll<HTMLTableRowElement>('tbody tr')];
  const status = view.querySelector<HTMLElement>('[data-count]')!;
  pointing(picture, arrows, edges);
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

function pointing(picture: HTMLElement, arrows: readonly SVGGElement[], edges: readonly EdgeFacts[]): void {
  const told = picture.querySelector<HTMLElement>('[data-told]')!;
  const point = (arrow: SVGGElement) => {
    for (const other of arrows) other.classList.toggle('faded', other !== arrow);
    const [title, ...rest] = edges[Number(arrow.dataset['edge'])].told;
    const strong = document.createElement('strong');
    strong.textContent = title;
    told.replaceChildren(strong, ` ${rest.join(' · ')}`);
  };
  const leave = () => {
    for (const arrow of arrows) arrow.classList.remove('faded');
  };
  for (const arrow of arrows) {
    arrow.addEventListener('pointerenter', () => point(arrow));
    arrow.addEventListener('focus', () => point(arrow));
    arrow.addEventListener('pointerleave', leave);
    arrow.addEventListener('blur', leave);
  }
}
