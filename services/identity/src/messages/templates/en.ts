import { isolated, writtenAmount, writtenTime } from './formats.ts';
import type { Language, LetterFacts } from './template.ts';

const LOCALE = 'en-GB';
const NOT_YOU = 'If that was you, there is nothing to do. If not, please change your password and tell us.';

const when = ({ parameters, timeZone }: LetterFacts): string =>
  writtenTime(LOCALE, parameters['startsAt'], { recipient: timeZone, appointment: parameters['timeZone'] });
const instant = ({ parameters, timeZone }: LetterFacts, name: string): string =>
  writtenTime(LOCALE, parameters[name], { recipient: timeZone, appointment: undefined });
const amount = ({ parameters }: LetterFacts): string =>
  writtenAmount(LOCALE, parameters['amountMinor'], parameters['currency']);
const counted = ({ parameters }: LetterFacts, name: string): string => isolated(parameters[name] ?? 'many');
const withUs = ({ organizationName }: LetterFacts): string => `with ${isolated(organizationName)}`;

// What an appointment is for stands in none of these: mail is read over shoulders and kept by others.
export const english: Language = {
  code: 'en',
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${isolated(name)},`),
  closing: (organizationName) => isolated(organizationName),
  letters: {
    'address-code': (facts) => ({
      subject: 'Your confirmation code',
      paragraphs: [
        `Please confirm that this address is yours ${withUs(facts)} by entering this code. It is good for ten minutes.`,
        'We never ask for this code by telephone or in a mail. If you have not signed up, ignore this mail.',
      ],
      ...(facts.code !== undefined && { code: facts.code }),
    }),
    'sign-up-tried': (facts) => ({
      subject: 'Somebody tried to sign up with your address',
      paragraphs: [
        `Somebody, perhaps you, tried to open an account ${withUs(facts)} with this address. You have one already, so nothing was changed.`,
        'If it was you, sign in with the password you have.',
      ],
      link: 'Go to the sign-in page',
    }),
    'new-device': (facts) => ({
      subject: 'You signed in on a new device',
      paragraphs: [`Your account ${withUs(facts)} was opened on a device we had not seen before.`, NOT_YOU],
    }),
    'sign-in-locked': (facts) => ({
      subject: 'Somebody tries to guess your password',
      paragraphs: [
        `There were several wrong passwords for your account ${withUs(facts)}. Signing in from devices we do not know is closed for a while.`,
        'Your own devices still work as always; there is nothing you have to do.',
      ],
    }),
    'session-ended': (facts) => ({
      subject: 'We ended one of your sessions',
      paragraphs: [
        `Something that belongs to a session of your account ${withUs(facts)} was used twice, which can mean that it was copied. We ended that session.`,
        'Please sign in again. If this keeps happening, please change your password and tell us.',
      ],
    }),
    'authenticator-enrolled': (facts) => ({
      subject: 'An authenticator was added to your account',
      paragraphs: [
        `From now on your account ${withUs(facts)} asks for a code of your authenticator.`,
        NOT_YOU,
      ],
    }),
    'authenticator-removed': (facts) => ({
      subject: 'The second factor was removed from your account',
      paragraphs: [
        `Your account ${withUs(facts)} no longer asks for a code of your authenticator. Your recovery codes are gone as well, and we ended your other sessions.`,
        NOT_YOU,
      ],
    }),
    // Who, whose and why stand in the graph, for those who may see it; not in a mail.
    'emergency-access-started': (facts) => ({
      subject: 'Emergency access was opened',
      paragraphs: [
        `Somebody who works ${withUs(facts)} has opened emergency access. It ends at the latest ${instant(facts, 'until')}.`,
        `Please look at it and review it by ${instant(facts, 'reviewDueAt')}. If you know of no emergency, end it now.`,
      ],
      link: 'See emergency accesses',
    }),
    'emergency-access-review-due': (facts) => ({
      subject: 'An emergency access waits for its review',
      paragraphs: [
        `Nobody has reviewed an emergency access ${withUs(facts)} yet. The review is due by ${instant(facts, 'reviewDueAt')}.`,
        'Until it is reviewed, whoever opened it can open no other once that time has passed.',
      ],
      link: 'See emergency accesses',
    }),
    'booking-confirmed': (facts) => ({
      subject: 'Your appointment is confirmed',
      paragraphs: [
        `Your appointment ${withUs(facts)} is confirmed: ${when(facts)}.`,
        'The attached file puts it into your calendar.',
      ],
      link: 'See or change your appointment',
    }),
    'booking-rescheduled': (facts) => ({
      subject: 'Your appointment has a new time',
      paragraphs: [
        `Your appointment ${withUs(facts)} was moved. The new time is ${when(facts)}.`,
        'The attached file changes it in your calendar.',
      ],
      link: 'See or change your appointment',
    }),
    'booking-cancelled': (facts) => ({
      subject: 'Your appointment is cancelled',
      paragraphs: [
        `Your appointment ${withUs(facts)} on ${when(facts)} is cancelled.`,
        'The attached file takes it out of your calendar.',
      ],
      link: 'Make a new appointment',
    }),
    'booking-reminder': (facts) => ({
      subject: 'Reminder of your appointment',
      paragraphs: [
        `You have an appointment ${withUs(facts)}: ${when(facts)}.`,
        'You asked us to remind you. You can change that at any time.',
      ],
      link: 'See or change your appointment',
    }),
    'payment-captured': (facts) => ({
      subject: 'We received your payment',
      paragraphs: [
        `We received your payment of ${amount(facts)} for your appointment ${withUs(facts)}. Thank you.`,
      ],
      link: 'See your payments',
    }),
    'payment-refunded': (facts) => ({
      subject: 'Your refund is on its way',
      paragraphs: [
        `We refunded ${amount(facts)} for your appointment ${withUs(facts)}. Your bank may need a few days to show it.`,
      ],
      link: 'See your payments',
    }),
    'large-download': (facts) => ({
      subject: 'Somebody has read unusually many records',
      paragraphs: [
        `One account ${withUs(facts)} has seen data of ${counted(facts, 'people')} people in ${counted(facts, 'rows')} records within ${counted(facts, 'minutes')} minutes. That is more than a normal day needs.`,
        'Whose account it is and what was read stands in the audit log (large_download) and in the access records. If it was not meant, isolate the account first and ask afterwards.',
      ],
      link: 'Go to the audit log',
    }),
  },
};
