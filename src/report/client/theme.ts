// The theme: light, dark, or the preference of the system.

export function isDark(): boolean {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === undefined ? matchMedia('(prefers-color-scheme:dark)').matches : chosen === 'dark';
}

export function themeSwitch(): void {
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('[data-theme-to]')];
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const to = button.dataset['themeTo']!;
      if (to === 'auto') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = to;
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
    });
  }
}
