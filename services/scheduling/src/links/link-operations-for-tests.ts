/** What pages ask about links, as plain operations, and a log that remembers. */
import type { KeyObject } from 'node:crypto';
import { compactDecrypt } from 'jose';
import { openLog, type Logger } from '@kept/subgraph-kit';

const SHOWN = `status version startsAt endsAt timeZone actions refundPercent movesLeft movableUntil attendanceConfirmedAt
  service { name } provider { id } cancelRefusal { code } moveRefusal { code } refund { amountMinor currency }`;
const REFUSALS =
  '... on PolicyViolation { code } ... on VersionConflict { currentVersion } ... on IdempotencyConflict { message }';

export const LOOK = `query ($token: String!) { bookingByLink(token: $token) { ${SHOWN} } }`;
export const CANCEL_BY_LINK = `mutation ($input: CancelByLinkInput!) { cancelByLink(input: $input) { __typename
  ... on CancelledByLink { refundPercent booking { ${SHOWN} } } ${REFUSALS} } }`;
export const MOVE_BY_LINK = `mutation ($input: RescheduleByLinkInput!) { rescheduleByLink(input: $input) { __typename
  ... on RescheduledByLink { booking { ${SHOWN} } } ... on SlotUnavailable { message } ${REFUSALS} } }`;
export const COME_BY_LINK = `mutation ($input: ConfirmAttendanceByLinkInput!) { confirmAttendanceByLink(input: $input) { __typename
  ... on AttendanceConfirmed { booking { ${SHOWN} } } ${REFUSALS} } }`;
export const CREATE_LINK = `mutation ($input: CreateManageLinkInput!) { createManageLink(input: $input) { __typename
  ... on ManageLinkCreated { url token link { id actions expiresAt } } ${REFUSALS.replace(/\.\.\. on VersionConflict \{[^}]*\}/, '')} } }`;
export const REVOKE_LINKS = `mutation ($input: RevokeManageLinksInput!) { revokeManageLinks(input: $input) { __typename
  ... on ManageLinksRevoked { count } } }`;
export const LINKS = `query ($id: ID!) { booking(id: $id) { attendanceConfirmedAt manageLinks { id inMail actions revokedAt useCount } } }`;

/** What whoever has a link that opens nothing is told, whatever is wrong with it. */
export const NOT_VALID = /^UNAUTHENTICATED: This link does not work/;

/** A log of which every word is kept, errors with all they carry. */
export function recordingLog(): { log: Logger; logged: string[] } {
  const logged: string[] = [];
  const log = openLog({ service: 'scheduling', level: 'silent' });
  const wordsOf = (value: unknown): string =>
    value instanceof Error ? `${value.stack} ${JSON.stringify(value)}` : JSON.stringify(value);
  for (const level of ['debug', 'info', 'warn', 'error'] as const)
    log[level] = (...said: unknown[]) => void logged.push(said.map(wordsOf).join(' '));
  return { log, logged };
}

/** What scheduling has sealed into messages, opened as identity does. */
export async function openSealed(
  messages: readonly { sealed?: string | undefined }[],
  privateKey: KeyObject,
): Promise<{ recipientId: string; token: string }[]> {
  const sealed = messages.flatMap((message) => message.sealed ?? []);
  return Promise.all(
    sealed.map(async (jwe) => {
      const { plaintext } = await compactDecrypt(jwe, privateKey);
      return JSON.parse(Buffer.from(plaintext).toString('utf8')) as { recipientId: string; token: string };
    }),
  );
}
