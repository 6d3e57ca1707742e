/** What we read of jest's JSON report. */
export interface TestReport {
  testResults: { assertionResults: { fullName?: string; title: string; status: string }[] }[];
}

// The id of a row in brackets, alone or with others: '[BOK-04] …', '[BOK-04, PAY-01] …', '[BOK-04][PAY-01] …'.
const idsIn = (title: string): string[] =>
  [...title.matchAll(/\[([^\]]+)\]/g)].flatMap(
    ([, inside = '']) => inside.match(/\b[A-Z]{3}-\d{2,3}\b/g) ?? [],
  );

/** An id is proven when tests carry it and every one of them passed; a skipped test proves nothing. */
export function provenIds(report: TestReport): { proven: Set<string>; failing: Set<string> } {
  const passed = new Set<string>();
  const failing = new Set<string>();
  for (const test of report.testResults.flatMap((file) => file.assertionResults)) {
    const target = test.status === 'passed' ? passed : test.status === 'failed' ? failing : null;
    for (const id of idsIn(test.fullName ?? test.title)) target?.add(id);
  }
  return { proven: new Set([...passed].filter((id) => !failing.has(id))), failing };
}
