import type { NoticeLanguage } from './notice-language.ts';

export const english: NoticeLanguage = {
  code: 'en',
  locale: 'en-GB',
  title: 'What we do with your data',
  who: (name) => `${name} is responsible for your data.`,
  purposes: {
    'booking.service': 'To make, keep and hold your appointment',
    'booking.reminder': 'To remind you of it',
    'account.security': 'To protect bookings from misuse',
    accountability: 'To show afterwards what was done, and that it was lawful',
    payment: 'To take and give back deposits',
  },
  otherPurpose: 'To run the bookings',
  bases: {
    'gdpr:A6-1-a': 'because you agreed; you can take that back at any time (GDPR Art. 6(1)(a))',
    'gdpr:A6-1-b': 'because the appointment needs it (GDPR Art. 6(1)(b))',
    'gdpr:A6-1-c': 'because the law demands it (GDPR Art. 6(1)(c))',
    'gdpr:A6-1-f':
      'because it protects you and others, which weighs more here; you can object (GDPR Art. 6(1)(f))',
  },
  otherBasis: 'as the whole notice says',
  categories: {
    'kept:Schedule': 'times of appointments',
    'pd:ServiceConsumptionBehaviour': 'what you booked',
    'pd:Communication': 'what you write to us',
    'pd:MedicalHealth': 'your answers to questions before the appointment',
    'pd:DeviceBased': 'names of your devices',
    'pd:Identifying': 'a random number that stands for you',
    'pd:Name': 'names',
    'pd:EmailAddress': 'e-mail address',
    'pd:TelephoneNumber': 'telephone number',
    'pd:IPAddress': 'a shortened network address, as a keyed hash',
    'pd:Age': 'whether a person is a child',
    'pd:Authenticating': 'proof that a request is yours',
    'pd:Behavioural': 'signs of misuse',
    'pd:FamilyStructure': 'for whom you book',
    'pd:Location': 'time zone',
  },
  otherCategory: 'other details of the booking',
  keptFor: (period) => `at most ${period}`,
  rights:
    'You can ask to see, correct, take with you or delete your data, object to its use, and complain to a supervisory authority.',
  whole: 'Read the whole privacy notice',
  rules: (rules) => [
    rules.deposit && `A deposit of ${rules.deposit} is due when you book.`,
    rules.approval ? 'We confirm each request ourselves before it counts.' : null,
    rules.leadTime && `Please book at least ${rules.leadTime} ahead.`,
    rules.cancelUntil === null
      ? 'You can cancel until the appointment begins.'
      : `You can cancel free of charge until ${rules.cancelUntil} before the appointment.`,
    rules.lateFee && `Cancelling later costs ${rules.lateFee}.`,
    rules.noShowFee && `Not coming costs ${rules.noShowFee}.`,
    rules.moves === 0
      ? 'An appointment cannot be moved.'
      : `You can move it ${rules.moves === 1 ? 'once' : `${rules.moves} times`}${rules.moveUntil === null ? '' : `, until ${rules.moveUntil} before it begins`}.`,
  ],
};
