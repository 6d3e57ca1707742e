/** An identifier for SQL. Names come from declarations in code, never from a request; quoted all the same. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
