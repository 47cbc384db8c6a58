/** The environment variables by which the demo configures its processes. */

const REFRESH_FILE = "TRILANE_DEMO_REFRESH_FILE";

/** @throws Error when it is not set, because the resolvers are only for the demo's worker */
export function refreshFile(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const file = environment[REFRESH_FILE];
  if (file === undefined) throw new Error(`${REFRESH_FILE} is not set: these resolvers are only for the demo`);
  return file;
}

export function refreshEnvironment(file: string): Readonly<Record<string, string>> {
  return { [REFRESH_FILE]: file };
}
