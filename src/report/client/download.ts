// Saves a figure as an SVG file that contains the colours of the page.

import { pageData } from './page-data.js';
import { isDark } from './theme.js';

export function downloads(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-download]')) {
    button.addEventListener('click', () => {
      const figure = button.closest<HTMLElement>('figure')!;
      const svg = figure.querySelector('.drawing svg');
      if (svg) save(`${figure.dataset['name']!.replaceAll(/\W+/g, '-')}.svg`, standAlone(svg));
    });
  }
}

function standAlone(svg: Element): string {
  const theme = isDark() ? 'dark' : 'light';
  const copy = document.importNode(svg, true);
  copy.setAttribute('class', `il-${theme}`);
  const [x, y, width, height] = copy.getAttribute('viewBox')!.split(' ').map(Number);
  const margin = 16;
  copy.setAttribute('viewBox', [x - margin, y - margin, width + 2 * margin, height + 2 * margin].join(' '));
  copy.setAttribute('width', String(width + 2 * margin));
  copy.setAttribute('height', String(height + 2 * margin));
  const create = (name: string) => document.createElementNS('http://www.w3.org/2000/svg', name);
  const style = create('style');
  style.textContent = pageData.styleSheets[theme];
  const card = create('rect');
  const box = {
    class: 'il-card',
    x: x - margin,
    y: y - margin,
    width: width + 2 * margin,
    height: height + 2 * margin,
  };
  for (const [key, value] of Object.entries(box)) card.setAttribute(key, String(value));
  copy.prepend(style, card);
  for (const focusable of copy.querySelectorAll('[tabindex]')) focusable.removeAttribute('tabindex');
  return new XMLSerializer().serializeToString(copy);
}

function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
