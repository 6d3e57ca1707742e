import { englishAccountLetters } from './en-account.ts';
import { inWords } from './formats.ts';
import type { Language } from './template.ts';

const SEE_APPOINTMENT = 'See or change your appointment';

export const english: Language = {
  code: 'en',
  locale: 'en-GB',
  greeting: (name) => (name === null ? 'Hello,' : `Hello ${name},`),
  closing: (organization) => organization,
  notMe: 'This was not me',
  genuine: (code) => `Not sure that this mail is ours? Check its code ${code} here`,
  onBothClocks: (own, there) => `${own}, which is ${there}`,
  letters: {
    ...englishAccountLetters,
    'booking-requested': ({ organization, when }) => ({
      subject: 'We received your request',
      paragraphs: [
        `We keep this time with ${organization} for you: ${when}.`,
        'It is not confirmed yet. We write to you as soon as it is, or if it cannot be.',
      ],
      link: 'See your request',
    }),
    'booking-confirmed': ({ organization, when }) => ({
      subject: 'Your appointment is confirmed',
      paragraphs: [
        `Your appointment with ${organization} is confirmed: ${when}.`,
        'The attached file puts it into your calendar.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-rescheduled': ({ organization, when }) => ({
      subject: 'Your appointment has a new time',
      paragraphs: [
        `Your appointment with ${organization} was moved. The new time is ${when}.`,
        'The attached file changes it in your calendar.',
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-cancelled': ({ organization, when }) => ({
      subject: 'Your appointment is cancelled',
      paragraphs: [
        `Your appointment with ${organization} on ${when} is cancelled.`,
        'The attached file takes it out of your calendar.',
      ],
      link: 'Make a new appointment',
    }),
    'booking-declined': ({ organization, when }) => ({
      subject: 'Your request could not be confirmed',
      paragraphs: [
        `We are sorry: your request with ${organization} for ${when} cannot be confirmed. A person has decided this, and you can ask us about it.`,
        'Money that was set aside for it is given back.',
      ],
      link: 'Look for another time',
    }),
    'booking-expired': ({ organization, when }) => ({
      subject: 'Your request was not answered in time',
      paragraphs: [
        `We are sorry: nobody answered your request with ${organization} for ${when} in time, so the time is free again.`,
        'Money that was set aside for it is given back.',
      ],
      link: 'Look for another time',
    }),
    'booking-no-show': ({ organization, when }) => ({
      subject: 'We missed you',
      paragraphs: [
        `You had an appointment with ${organization}, ${when}, and we noted that you could not come.`,
        'If that is a mistake, please tell us.',
      ],
      link: 'Make a new appointment',
    }),
    'booking-unpaid': ({ organization, when }) => ({
      subject: 'An appointment is not paid for',
      paragraphs: [
        `The client of an appointment with ${organization}, ${when}, has not secured its payment in time. The appointment stands.`,
      ],
      link: SEE_APPOINTMENT,
    }),
    'booking-reminder': ({ organization, when }) => ({
      subject: 'Reminder of your appointment',
      paragraphs: [
        `You have an appointment with ${organization}: ${when}.`,
        'You asked us to remind you. You can change that at any time.',
      ],
      link: SEE_APPOINTMENT,
    }),
    // Goes to the client and to everybody who gave or gives the appointment, also when it has another time now.
    'provider-changed': ({ organization, when }) => ({
      subject: 'An appointment has a new contact person',
      paragraphs: [`The appointment with ${organization}, ${when}, is now looked after by somebody else.`],
      link: 'See the appointment',
    }),
    'series-confirmed': ({ organization, when, count }) => ({
      subject: 'Your appointments are confirmed',
      paragraphs: [
        `${count('count')} appointments with ${organization} are confirmed. The first is ${when}.`,
        'You find all of them on our pages, and can change each by itself.',
      ],
      link: 'See your appointments',
    }),
    'waitlist-offer': ({ organization, when, at }) => ({
      subject: 'A time has become free for you',
      paragraphs: [
        `A time you are waiting for with ${organization} is free: ${when}.`,
        `We keep it for you until ${at('offerUntil')}. After that the next person is asked.`,
      ],
      link: 'Take this time',
    }),
    'waitlist-offer-ended': ({ organization, when }) => ({
      subject: 'The time we kept for you is free again',
      paragraphs: [
        `The time we kept for you with ${organization}, ${when}, was not taken, so it was offered on.`,
        'You stay on the list as before, if you have not left it.',
      ],
      link: 'See your place on the list',
    }),
    'calendar-connection-failed': ({ organization }) => ({
      subject: 'Your calendar cannot be read',
      paragraphs: [
        `We cannot read a calendar that you have connected with ${organization}. Until it can be read again, it may be that appointments are not offered that you would have time for.`,
        'Please look at the connection and, if need be, connect the calendar again.',
      ],
      link: 'See your calendars',
    }),
    'payment-card-expiring': ({ organization, count }) => ({
      subject: 'Your card is about to expire',
      paragraphs: [
        `The card ending in ${count('last4')} that you keep with ${organization} is about to expire.`,
        'If you add the new card in time, everything that was agreed stays as it is.',
      ],
      link: 'See your cards',
    }),
    'payment-captured': ({ organization, amount, paidFor, partOf }) => ({
      subject: 'We received your payment',
      paragraphs: [
        `We received your payment of ${amount} for ${paidFor('your appointment', 'your pass')} with ${organization}. Thank you.`,
        ...inWords([
          [partOf('tax'), (tax) => `It includes tax of ${tax}.`],
          [partOf('tip'), (tip) => `It includes your tip of ${tip}.`],
          [partOf('discount'), (discount) => `A discount of ${discount} was taken off.`],
        ]),
      ],
      link: 'See your payments',
    }),
    'payment-fee-charged': ({ organization, amount, partOf }) => ({
      subject: 'A fee was charged for your appointment',
      paragraphs: [
        `For your appointment with ${organization} the fee was charged to which you agreed when you booked: ${amount}.`,
        ...inWords([[partOf('tax'), (tax) => `It includes tax of ${tax}.`]]),
        'If you think that this is not right, please ask the business.',
      ],
      link: 'See your payments',
    }),
    'payment-refunded': ({ organization, amount, paidFor }) => ({
      subject: 'Your refund is on its way',
      paragraphs: [
        `We refunded ${amount} for ${paidFor('your appointment', 'your pass')} with ${organization}. Your bank may need a few days to show it.`,
      ],
      link: 'See your payments',
    }),
    'payment-refund-failed': ({ organization, amount, paidFor }) => ({
      subject: 'Your refund did not arrive',
      paragraphs: [
        `${amount} for ${paidFor('your appointment', 'your pass')} with ${organization} could not be refunded to your card. The business has been told and will find another way.`,
      ],
      link: 'See your payments',
    }),
    'payment-released': ({ organization, amount, paidFor }) => ({
      subject: 'A reservation on your card was released',
      paragraphs: [
        `${amount} that was reserved for ${paidFor('your appointment', 'your pass')} with ${organization} has been released. Nothing was charged; your bank may need a few days to show it.`,
      ],
      link: 'See your payments',
    }),
    'payment-expired': ({ organization, amount, paidFor }) => ({
      subject: 'A reservation on your card has ended',
      paragraphs: [
        `The reservation of ${amount} for ${paidFor('your appointment', 'your pass')} with ${organization} has run out. Nothing was charged.`,
      ],
      link: 'See your payments',
    }),
    'payment-action-needed': ({ organization, amount, at }) => ({
      subject: 'Please look at the payment for your appointment',
      paragraphs: [
        `${amount} for your appointment with ${organization} could not be reserved on your card: your bank wants to hear from you, or has refused.`,
        `Please confirm it, or choose another card, until ${at('dueAt')}. After that the appointment may be given to somebody else.`,
      ],
      link: 'Look at the payment',
    }),
    'payment-balance-due': ({ organization, amount }) => ({
      subject: 'Your appointment costs more at its new time',
      paragraphs: [
        `Your appointment with ${organization} was moved, and costs more than you have paid: ${amount} is still due.`,
        'You can pay it now, or at the appointment.',
      ],
      link: 'Pay now',
    }),
    'payment-disputed': ({ organization, amount, paidFor }) => ({
      subject: 'Your bank disputes a payment',
      paragraphs: [
        `Your bank has told us that a payment of ${amount} for ${paidFor('your appointment', 'your pass')} with ${organization} is disputed. It now decides; until then this payment cannot be refunded.`,
      ],
      link: 'See your payments',
    }),
    'payment-dispute-closed': ({ organization, amount, paidFor }) => ({
      subject: 'Your bank has decided about a payment',
      paragraphs: [
        `Your bank has decided the dispute about a payment of ${amount} for ${paidFor('your appointment', 'your pass')} with ${organization}. It will tell you how.`,
      ],
      link: 'See your payments',
    }),
    'large-download': ({ organization, count }) => ({
      subject: 'Somebody has read unusually many records',
      paragraphs: [
        `One account with ${organization} has seen data of ${count('people')} people in ${count('rows')} records within ${count('minutes')} minutes. That is more than a normal day needs.`,
        'Whose account it is and what was read stands in the audit log (large_download) and in the access records. If it was not meant, isolate the account first and ask afterwards.',
      ],
      link: 'Go to the audit log',
    }),
    'unusual-changes': ({ organization, count }) => ({
      subject: 'Appointments were changed in an unusual way',
      paragraphs: [
        `One account with ${organization} has changed appointments in a way that a normal day does not need: ${count('count')} within ${count('minutes')} minutes.`,
        'Whose account it is and what was changed stands in the audit log (unusual_changes) and in the histories of the appointments. If it was not meant, isolate the account first and ask afterwards.',
      ],
      link: 'Go to the audit log',
    }),
    'review-waiting': ({ organization, count, at }) => ({
      subject: 'An unusual booking waits for you',
      paragraphs: [
        `A booking with ${organization} was found unusual and waits for a manager: ${count('count')} in all. Its time is kept until ${at('decideBy')}.`,
        'What was found, and what to do, stands in the review queue. Nothing is denied unless somebody decides so.',
      ],
      link: 'Go to the review queue',
    }),
    'payment-incident': ({ organization, count }) => ({
      subject: 'Payments need somebody to look at them',
      paragraphs: [
        `The books of ${organization} and the payment provider do not say the same, or contradict themselves. Incidents that are open: ${count('count')}.`,
        'Which payment it is, and what each side says, stands in the list of payment incidents. Nothing was moved; what is wrong is put right at the payment provider.',
      ],
      link: 'Go to the payment incidents',
    }),
    'processor-attestation': ({ organization, count }) => ({
      subject: 'The attestation of your payment provider runs out',
      paragraphs: [
        `The PCI DSS attestation of the payment provider that ${organization} takes cards through stands on record as valid until ${count('validUntil')}. After that day payments do not start again until there is a new one.`,
        'Please ask the payment provider for it, and see that whoever operates this system enters the new date. The incident ends by itself then.',
      ],
      link: 'Go to the payment incidents',
    }),
  },
};
