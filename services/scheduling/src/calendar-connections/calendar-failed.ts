import { OutboundRefused } from '@kept/outbound';
import type { CalendarFailure } from '../schema-types.ts';

/** A calendar that could not be read, in a word that its owner can do something about. Holds nothing of the calendar. */
export class CalendarFailed extends Error {
  override readonly name = 'CalendarFailed';
  constructor(
    readonly failure: CalendarFailure,
    cause?: unknown,
  ) {
    super(`a calendar could not be read: ${failure}`, { cause });
  }
}

/** What a failed reading comes to; anything unexpected is thrown on. */
export function failureOf(error: unknown): CalendarFailure {
  if (error instanceof CalendarFailed) return error.failure;
  if (error instanceof OutboundRefused) return error.reason;
  throw error;
}

/** What a status other than the expected says. */
export function failedWith(status: number): CalendarFailed {
  if (status === 401 || status === 403) return new CalendarFailed('SIGN_IN_REFUSED');
  if (status === 404 || status === 410) return new CalendarFailed('NOT_THERE');
  return new CalendarFailed('SERVER_ERROR');
}

/** A sentence for the person who connects a calendar. */
export const SENTENCES: Readonly<Record<CalendarFailure, string>> = {
  ADDRESS_NOT_USABLE: 'This is not an address that can be read. Please copy it from your calendar app again.',
  NOT_ENCRYPTED: 'Only encrypted addresses are read. Please use one that starts with https.',
  ADDRESS_NOT_PUBLIC: 'This address does not lead to the public internet.',
  CERTIFICATE_REFUSED: 'The server cannot prove that it is the one you named. Please ask whoever runs it.',
  UNREACHABLE: 'Nobody answers at this address. Please check it.',
  TIMED_OUT: 'The server took too long to answer. Please try again later.',
  TOO_LARGE: 'The calendar is too large. Please connect one with fewer old appointments.',
  TOO_MANY_REDIRECTS: 'The address leads from one place to the next without end.',
  OTHER_SERVER: 'Your calendar is on another server than the one you named. Please connect that one.',
  NOT_READABLE: 'The server sent something that cannot be read.',
  SIGN_IN_REFUSED: 'The server does not accept the name, password or token. Please check them.',
  NOT_THERE: 'There is no calendar at this address. It may have been moved or its link withdrawn.',
  SERVER_ERROR: 'The server answered with an error. Please try again later.',
  NO_CALENDAR: 'There is no calendar in this account.',
  NOT_A_CALENDAR: 'What is at this address is not a calendar.',
  TOO_COMPLEX: 'Something in this calendar repeats in a way that cannot be worked out.',
  UNKNOWN_TIME_ZONE: 'This calendar uses a time zone that nobody knows.',
};
