// A page does not know where its files are.

export function absolutePath(_path: string): undefined {
  return undefined;
}
