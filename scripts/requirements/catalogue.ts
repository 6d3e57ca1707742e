export interface Row {
  id: string;
  requirement: string;
  owner: string;
}

// | ENC-01 | what must be | owner | acceptance test | status |
const row = /^\| ([A-Z]{3}-\d{2,3}) \| (.+?) \| ([a-z(+), ]+) \| (.*?) \| (proven|open) \|$/;

/** The rows of docs/requirements.md, in their order. Throws when two rows share an id: ids are never reused. */
export function readRows(catalogue: string): Row[] {
  const rows = catalogue.split('\n').flatMap((line) => {
    const [, id, requirement, owner] = row.exec(line) ?? [];
    return id && requirement && owner ? [{ id, requirement, owner }] : [];
  });
  const twice = rows.find(({ id }, index) => rows.findIndex((other) => other.id === id) !== index);
  if (twice) throw new Error(`docs/requirements.md has ${twice.id} twice.`);
  return rows;
}

/** The catalogue with its last column as the tests say. */
export function withStatus(catalogue: string, proven: ReadonlySet<string>): string {
  return catalogue
    .split('\n')
    .map((line) => {
      const id = row.exec(line)?.[1];
      return id ? line.replace(/(proven|open) \|$/, proven.has(id) ? 'proven |' : 'open |') : line;
    })
    .join('\n');
}
