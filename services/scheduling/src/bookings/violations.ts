import type { PolicyCode } from '../schema-types.ts';
import { EXTENSIONS_MAX, LIVE_HOLDS_MAX } from './slot-hold.ts';

const SENTENCES: Readonly<Record<PolicyCode, string>> = {
  TOO_SOON: 'This time is too soon; please choose a later one.',
  TOO_FAR_AHEAD: 'This time is too far ahead; please choose an earlier one.',
  OUTSIDE_WORKING_HOURS: 'The provider does not work at this time; please choose another one.',
  OFF_GRID: 'Appointments do not start at this minute; please choose one of the times offered.',
  NOT_OFFERED: 'This provider does not offer this service.',
  RESCHEDULE_WINDOW: 'It is too late to move this appointment.',
  RESCHEDULE_LIMIT: 'This appointment was already moved as often as is possible.',
  ALREADY_STARTED: 'This appointment has already started.',
  NOT_STARTED: 'This appointment has not started yet.',
  INTAKE_REQUIRED: 'Please answer the questions of this service first.',
  SIGN_IN_REQUIRED: 'Please sign in first; this service is booked by people we know.',
  BOOKING_LIMIT: 'No more appointments of this kind can be booked for these days; please choose others.',
  NOT_ACTIVE: 'This appointment is not confirmed, or no longer so.',
  ONLY_BY_STAFF: 'Now that the appointment stands, only the business changes this. Please ask them.',
  ALREADY_CHECKED_IN: 'The client has already checked in.',
  CHECK_IN_TOO_EARLY: 'It is too early to check in; please do so on the day of the appointment.',
  NOTHING_TO_CHANGE: 'The appointment is at this time and with this provider already.',
  ALREADY_CONTESTED: 'Somebody was already asked to look at this decision again.',
};

export interface PolicyViolation {
  __typename: 'PolicyViolation';
  code: PolicyCode;
  message: string;
}

export function violationOf(code: PolicyCode): PolicyViolation {
  return { __typename: 'PolicyViolation', code, message: SENTENCES[code] };
}

export interface SlotUnavailable {
  __typename: 'SlotUnavailable';
  message: string;
}

export const slotUnavailable: SlotUnavailable = {
  __typename: 'SlotUnavailable',
  message: 'Somebody else has just taken this time. Please choose another one.',
};

export interface VersionConflict {
  __typename: 'VersionConflict';
  message: string;
  currentVersion: number;
}

export function versionConflict(currentVersion: number): VersionConflict {
  return {
    __typename: 'VersionConflict',
    message: 'This appointment was changed in the meantime. Please look at it again.',
    currentVersion,
  };
}

export interface LimitReached {
  __typename: 'LimitReached';
  message: string;
  limit: number;
}

export const liveHoldsReached: LimitReached = {
  __typename: 'LimitReached',
  message: `You already keep ${LIVE_HOLDS_MAX} times. Please confirm or give back one of them first.`,
  limit: LIVE_HOLDS_MAX,
};

export const extensionsReached: LimitReached = {
  __typename: 'LimitReached',
  message: `This time was already kept longer ${EXTENSIONS_MAX} times. Please confirm it before it ends.`,
  limit: EXTENSIONS_MAX,
};

export interface HoldExpired {
  __typename: 'HoldExpired';
  message: string;
}

export const holdExpired: HoldExpired = {
  __typename: 'HoldExpired',
  message: 'This time is no longer kept for you. Please choose it again.',
};
