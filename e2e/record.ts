// The organization's record, as its compliance officer reads it: page by page.
import type { Person } from './person.ts';

interface Page {
  readonly auditEntries: {
    readonly entries: readonly { readonly action: string }[];
    readonly endCursor: string | null;
  };
}

/** What has been done, oldest first. */
export async function actionsInTheRecord(officer: Person): Promise<string[]> {
  const actions: string[] = [];
  let after: string | null = null;
  do {
    const page: Page = await officer.tell<Page>(
      `query ($after: String) { auditEntries(first: 100, after: $after) { entries { action } endCursor } }`,
      { after },
    );
    actions.push(...page.auditEntries.entries.map(({ action }) => action));
    after = page.auditEntries.endCursor;
  } while (after !== null);
  return actions;
}
