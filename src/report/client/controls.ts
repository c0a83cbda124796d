// Access to the fields of a form by name.

export interface Controls {
  readonly form: HTMLFormElement;
  text: (name: string) => string;
  /** Returns NaN for an empty or missing field. */
  number: (name: string) => number;
  checked: (name: string) => boolean;
  /** Writes into a field or an output. Does nothing if it does not exist. */
  set: (name: string, value: string | number) => void;
  /** Calls `listener` whenever a field changes. */
  onChange: (listener: () => void) => void;
}

export function controlsOf(name: string): Controls {
  const form = document.querySelector<HTMLFormElement>(`form[data-controls="${name}"]`)!;
  form.addEventListener('submit', (event) => event.preventDefault());
  const field = (key: string) => {
    const element = form.elements.namedItem(key);
    return isField(element) ? element : null;
  };
  return {
    form,
    text: (key) => field(key)?.value ?? '',
    number: (key) => {
      const value = field(key)?.value ?? '';
      return value === '' ? NaN : Number(value);
    },
    checked: (key) => {
      const element = field(key);
      return element instanceof HTMLInputElement && element.checked;
    },
    set: (key, value) => {
      const element = field(key);
      if (element !== null) element.value = String(value);
    },
    onChange: (listener) => {
      form.addEventListener('input', listener);
    },
  };
}

type Field = HTMLInputElement | HTMLSelectElement | HTMLOutputElement | RadioNodeList;

function isField(element: Element | RadioNodeList | null): element is Field {
  return [HTMLInputElement, HTMLSelectElement, HTMLOutputElement, RadioNodeList].some(
    (kind) => element instanceof kind,
  );
}
