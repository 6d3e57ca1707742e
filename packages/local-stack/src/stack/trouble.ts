/** Something the person at the keyboard can put right; the message is one sentence for them. */
export class StackTrouble extends Error {
  override readonly name = 'StackTrouble';
}

const sentences: Record<string, string> = {
  ENOSPC: 'The disk is full. Make room and start again; nothing that was kept is lost.',
  EDQUOT: 'Your disk quota is used up. Make room and start again.',
  EROFS: 'This folder is on a read-only file system; Kept needs to write into .kept/.',
  EACCES: 'Kept may not write into .kept/. Does the folder belong to another account?',
  EPERM: 'Kept may not write into .kept/. Does the folder belong to another account?',
  ENOMEM: 'There is not enough memory to start another process.',
};

/** One sentence for what went wrong, for people who did not write this code. */
export function sentenceFor(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name.endsWith('Trouble')) return error.message;
  return sentences[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
