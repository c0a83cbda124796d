// A page does not know the paths of its files.

export function absolutePath(_path: string): undefined {
  return undefined;
}
