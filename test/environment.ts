// Variables of the environment for as long as something takes: the process's own, so that native code sees them too.

export async function withEnvironment<Result>(
  more: Readonly<Record<string, string>>,
  act: () => Promise<Result>,
): Promise<Result> {
  const before = { ...process.env };
  Object.assign(process.env, more);
  try {
    return await act();
  } finally {
    for (const name of Object.keys(more)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
}
