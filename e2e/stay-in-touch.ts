import type { Stack } from './stack.ts';

/**
 * Years of signing in, learning and choosing passwords, in two statements, for a story that leaps over them: who does none
 * of it is kept out, and rightly so.
 */
export const staffStayInTouch = async (stack: Stack, keys: readonly string[]): Promise<void> => {
  const ids = keys.map((key) => stack.account(key).id);
  const later = new Date(stack.clock.now().getTime() + 1_200 * 86_400_000);
  await stack.inDatabase(
    'identity',
    "UPDATE account SET last_active_at = $2, trained_until = $2::timestamptz + interval '1 year' WHERE id = ANY ($1)",
    [ids, later],
  );
  await stack.inDatabase(
    'identity',
    'UPDATE password_credential SET changed_at = $2 WHERE account_id = ANY ($1)',
    [ids, later],
  );
};
