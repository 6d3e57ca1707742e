/** Names every column that is not accounted for; thrown by tests and at start, never while serving. */
export class IncompleteDeclarations extends Error {
  override readonly name = 'IncompleteDeclarations';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Personal data is not fully declared:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}
