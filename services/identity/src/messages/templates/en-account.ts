import { englishFactorLetters } from './factor-letters.ts';
import type { AccountLetters } from './template.ts';

const NOT_YOU =
  'If that was you, there is nothing to do. If not, use the link below: it works without a password and ends what was begun.';
const EMERGENCIES = 'See emergency accesses';

/** What somebody is told about their account, and those responsible about accounts. */
export const englishAccountLetters: AccountLetters = {
  ...englishFactorLetters,
  'address-code': ({ organization }) => ({
    subject: 'Your confirmation code',
    paragraphs: [
      `Please confirm that this address is yours with ${organization} by entering this code. It is good for ten minutes.`,
      'We never ask for this code by telephone or in a mail. If you did not ask for it, ignore this mail.',
    ],
  }),
  'sign-up-tried': ({ organization }) => ({
    subject: 'Somebody tried to sign up with your address',
    paragraphs: [
      `Somebody, perhaps you, tried to open an account with ${organization} with this address. You have one already, so nothing was changed.`,
      'If it was you, sign in with the password you have.',
    ],
    link: 'Go to the sign-in page',
  }),
  'new-device': ({ organization, seen }) => ({
    subject: 'You signed in on a new device',
    paragraphs: [
      `Your account with ${organization} was opened on a device we had not seen before.`,
      ...(seen === '' ? [] : [`We know this of it: ${seen}.`]),
      NOT_YOU,
    ],
  }),
  'sign-in-locked': ({ organization }) => ({
    subject: 'Somebody tries to guess your password',
    paragraphs: [
      `There were several wrong passwords for your account with ${organization}. Signing in from devices we do not know is closed for a while.`,
      'Your own devices still work as always; there is nothing you have to do.',
    ],
  }),
  'sign-in-closed': ({ organization }) => ({
    subject: 'Signing in is closed to devices we do not know',
    paragraphs: [
      `Somebody went on guessing the password of your account with ${organization}. Until tomorrow we take none from devices we do not know.`,
      'Your own devices still work as always. Where they do not, ask there for an unlock link; it opens that device alone, and only together with your password.',
    ],
    link: 'Ask for an unlock link',
  }),
  'sign-in-attack': ({ organization, count }) => ({
    subject: 'Somebody attacks your sign-ins',
    paragraphs: [
      `Unusually many sign-ins with ${organization} fail: ${count('count')} within minutes. They look like guessed or stolen passwords.`,
      'We slow this down by ourselves, and devices that people have signed in on before go on working. The security alerts show what we see.',
    ],
  }),
  'unlock-link': ({ organization }) => ({
    subject: 'Your unlock link',
    paragraphs: [
      `You asked to sign in to your account with ${organization} on a device we do not know. Open this link on that very device within fifteen minutes; afterwards your password is needed as always.`,
      'If you did not ask for this, leave the link alone: nobody gets in without it.',
    ],
    link: 'Unlock this device',
  }),
  'account-unlocked': ({ organization }) => ({
    subject: 'Your account is open again',
    paragraphs: [`A manager of ${organization} has opened your account again.`],
  }),
  'account-locked': ({ organization }) => ({
    subject: 'Your account was locked',
    paragraphs: [
      `Your account with ${organization} was locked to protect it, and all its sessions were ended. A manager can open it again.`,
    ],
  }),
  'session-ended': ({ organization }) => ({
    subject: 'We ended one of your sessions',
    paragraphs: [
      `Something that belongs to a session of your account with ${organization} was used twice, which can mean that it was copied. We ended that session.`,
      'Please sign in again. If this keeps happening, please change your password and tell us.',
    ],
  }),
  'authenticator-enrolled': ({ organization }) => ({
    subject: 'An authenticator was added to your account',
    paragraphs: [
      `From now on your account with ${organization} asks for a code of your authenticator.`,
      NOT_YOU,
    ],
  }),
  'passkey-added': ({ organization }) => ({
    subject: 'A passkey was added to your account',
    paragraphs: [`From now on a passkey opens your account with ${organization}.`, NOT_YOU],
  }),
  'passkey-removed': ({ organization }) => ({
    subject: 'A passkey was removed from your account',
    paragraphs: [
      `A passkey no longer opens your account with ${organization}. We ended your other sessions.`,
      NOT_YOU,
    ],
  }),
  'passkey-in-doubt': ({ organization }) => ({
    subject: 'There may be a copy of your passkey',
    paragraphs: [
      `A passkey of your account with ${organization} counted backwards, as a copy of it would. It opens nothing any more. Sign in with your password and another factor, remove it and add a new one.`,
      NOT_YOU,
    ],
  }),
  'password-reset-code': ({ organization }) => ({
    subject: 'Your code to choose another password',
    paragraphs: [
      `Somebody wants to choose another password for the account with this address at ${organization}. If that is you, enter this code where you asked for it. It is good for ten minutes.`,
      'We never ask for this code by telephone or in a mail. If it was not you, ignore this mail: nothing has changed.',
    ],
  }),
  'second-factor-code': ({ organization }) => ({
    subject: 'Your sign-in code',
    paragraphs: [
      `Enter this code to go on signing in at ${organization}. It is good for five minutes, in the browser that asked for it alone.`,
      'We never ask for this code by telephone or in a mail. If you are not signing in, somebody knows your password: change it.',
    ],
  }),
  'code-factor-enrolled': ({ organization }) => ({
    subject: 'Codes were switched on for your account',
    paragraphs: [
      `Your account with ${organization} asks for a code that we send, besides the password.`,
      NOT_YOU,
    ],
  }),
  'code-factor-removed': ({ organization }) => ({
    subject: 'Codes were switched off for your account',
    paragraphs: [
      `Your account with ${organization} no longer asks for a code that we send. Other sessions were ended.`,
      NOT_YOU,
    ],
  }),
  'password-changed': ({ organization }) => ({
    subject: 'Your password was changed',
    paragraphs: [
      `Your account with ${organization} has another password. Other sessions were ended.`,
      NOT_YOU,
    ],
  }),
  'password-expires': ({ organization, at }) => ({
    subject: 'Please choose another password',
    paragraphs: [
      `Your password at ${organization} can be used until ${at('endsAt')}. Please choose another one before, in your account.`,
      'After that you will be asked to at your next sign-in. We never send a link to sign in with.',
    ],
  }),
  'contact-change-code': ({ organization }) => ({
    subject: 'Your confirmation code',
    paragraphs: [
      `Somebody with an account with ${organization} wants us to write to this address from now on. If that is you, enter this code. It is good for ten minutes.`,
      'We never ask for this code by telephone or in a mail. If you know nothing of this, ignore this mail.',
    ],
  }),
  'contact-change-taken': ({ organization }) => ({
    subject: 'Somebody tried to use your address',
    paragraphs: [
      `Somebody, perhaps you, wanted another account with ${organization} to use this address. It belongs to your account already, so nothing was changed.`,
      'If it was you, sign in with this address. If not, there is nothing you have to do.',
    ],
    link: 'Go to the sign-in page',
  }),
  'contact-change-started': (words) => ({
    subject: 'Your e-mail address is about to change',
    paragraphs: [
      `Somebody who is signed in to your account with ${words.organization} asked us to write to another address from now on. It changes as soon as that address is confirmed.`,
      `If that was you, there is nothing to do. If not, use the link: it keeps this address, needs no password and works until ${words.at('undoUntil')}.`,
    ],
    link: 'This was not me',
  }),
  'contact-changed': ({ organization }) => ({
    subject: 'Your e-mail address was changed',
    paragraphs: [
      `Your account with ${organization} has a new e-mail address. For three days, messages about your appointments go to the old and to the new address.`,
      'If that was not you, use the link in the mail that the old address received before this one.',
    ],
  }),
  'contact-change-undone': ({ organization }) => ({
    subject: 'Your e-mail address stays as it was',
    paragraphs: [
      `Your account with ${organization} has its earlier e-mail address. All its sessions were ended.`,
      'Please sign in and change your password, if the change was not yours.',
    ],
    link: 'Go to the sign-in page',
  }),
  // Who, whose and why stand in the graph, for those who may see it; not in a mail.
  'emergency-access-started': ({ organization, at }) => ({
    subject: 'Emergency access was opened',
    paragraphs: [
      `Somebody who works with ${organization} has opened emergency access. It ends at the latest ${at('until')}.`,
      `Please look at it and review it by ${at('reviewDueAt')}. If you know of no emergency, end it now.`,
    ],
    link: EMERGENCIES,
  }),
  'emergency-access-review-due': ({ organization, at }) => ({
    subject: 'An emergency access waits for its review',
    paragraphs: [
      `Nobody has reviewed an emergency access with ${organization} yet. The review is due by ${at('reviewDueAt')}.`,
      'Until it is reviewed, whoever opened it can open no other once that time has passed.',
    ],
    link: EMERGENCIES,
  }),
  'not-me-received': ({ organization }) => ({
    subject: 'We have what you told us',
    paragraphs: [
      `You told us that something on your account with ${organization} was not you. We ended what it concerned, and somebody looks at it.`,
      'Please choose a new password before you sign in the next time. You do not have to do anything else.',
    ],
  }),
  'security-case-opened': ({ organization }) => ({
    subject: 'Somebody reports something about security',
    paragraphs: [
      `Somebody with an account with ${organization} has told us that something was not them, or looks wrong to them.`,
      'What was said and what was ended stands among the security cases. Please look at it today.',
    ],
    link: 'See security cases',
  }),
  'shared-credential': ({ organization }) => ({
    subject: 'An account may be used by several people',
    paragraphs: [
      `One account of the staff of ${organization} was used in a way that one person does not: in two places at once, on many devices, or in turns with another.`,
      'Whose it is and what was seen stands among the security cases. Nobody was shut out; please ask them.',
    ],
    link: 'See security cases',
  }),
  'network-pass-used': ({ organization, at }) => ({
    subject: 'A break-glass code was used',
    paragraphs: [
      `Somebody used a code of ${organization} that opens a network in spite of its rules. It is open until ${at('until')}.`,
      'Password and factors are asked there as always. If you know nothing of it, end the rule’s exception by isolating who came in, and tell the others.',
    ],
    link: 'See network rules',
  }),
  // The organization's own words, checked for what must not stand in a mail to everybody.
  'security-update': ({ ownText }) => ({
    ...ownText,
    subject: `About your security: ${ownText.subject}`,
  }),
  'staff-invitation': ({ organization }) => ({
    subject: 'You are invited to work with us',
    paragraphs: [
      `${organization} invites you to an account of your own, to work with. Use the link below to choose your name and your password; it holds for seven days and works once.`,
      'We never ask for your password in a mail or by telephone. If you do not know who invites you, ignore this mail.',
    ],
    link: 'Accept the invitation',
  }),
  'guardianship-confirmed': ({ organization }) => ({
    subject: 'You answer for somebody',
    paragraphs: [
      `${organization} has written down that you, or you as well, answer for somebody. Sign in to see for whom.`,
      'If this is not right, please tell the front desk.',
    ],
    link: 'See for whom you answer',
  }),
  'guardianship-ended': ({ organization }) => ({
    subject: 'You answer for somebody no longer',
    paragraphs: [
      `You no longer answer for somebody whom you looked after with ${organization}. From now on you see nothing of theirs.`,
      'If this is not right, please ask the front desk.',
    ],
    link: 'Go to your account',
  }),
  'own-account': ({ organization }) => ({
    subject: 'An account of your own',
    paragraphs: [
      `${organization} offers you an account of your own: until now somebody else made your appointments. Use the link below to choose a password; it holds for seven days and works once. From then on nobody else sees your appointments.`,
      'We never ask for your password in a mail or by telephone. If you do not know what this is about, ignore this mail.',
    ],
    link: 'Take over your account',
  }),
  'own-account-proposed': ({ organization }) => ({
    subject: 'About an account of their own',
    paragraphs: [
      `Somebody who answers with you for a client of ${organization} would like this client to have an account of their own. Nothing happens unless you offer it as well, to the same address; from then on neither of you sees anything of theirs.`,
      'If you do not want this, you need not do anything. If you do not know what it is about, please ask the front desk.',
    ],
    link: 'Go to your account',
  }),
  'role-requested': ({ organization }) => ({
    subject: 'Somebody asks for a role for hours',
    paragraphs: [
      `A colleague at ${organization} asks for a role for some hours, and says why. You can give it, or decline.`,
      'Nothing happens until somebody other than the colleague has decided.',
    ],
    link: 'See what is asked',
  }),
  'account-dormant': ({ organization, at }) => ({
    subject: 'An account was not used for long',
    paragraphs: [
      `Nobody has used an account with ${organization} that you have or answer for, for a long time. Unless somebody signs in with it, it is closed ${at('suspendedAt')}.`,
      'If it is not needed any more, there is nothing to do.',
    ],
    link: 'Go to the sign-in page',
  }),
};
