import type { TrainingModule } from './training-module.ts';

/** The basics, before anybody touches an appointment: people's data, passwords, fraud, and whom to tell (TRN-01). */
export const onboarding: TrainingModule = {
  key: 'onboarding',
  version: 1,
  title: 'Before you begin',
  asked: 6,
  rightAnswersNeeded: 5,
  validMonths: 12,
  lessons: [
    {
      title: 'What is entrusted to us',
      text: 'An appointment tells more about a person than it seems to: with whom, how often, what for. Look only at what you need for the work in front of you. Every look is recorded, and people may ask who looked at what is kept about them.',
    },
    {
      title: 'What may be told, and to whom',
      text: 'Whether somebody is a client here is itself a secret. Tell nobody that a person has an appointment: not partners, parents of adults, employers, or a friendly voice on the telephone. If a caller says who they are, offer to call back on the number that we have.',
    },
    {
      title: 'Your own key',
      text: 'Your account is yours alone: what is done with it is done by you. Use a password that you use nowhere else, kept in a password manager, and your own second factor. Never pass on a code, and never work in the session of somebody else. Lock the screen when you leave it.',
    },
    {
      title: 'Mails and links that are not what they seem',
      text: 'A false mail hurries you, threatens, or offers something, and wants you to open a link or a file or to type a password. Look at the address it really comes from and where its link really leads. We never ask for a password or a code. If in doubt, open nothing and ask. If you have already opened it, say so at once: nobody is blamed for telling.',
    },
    {
      title: 'Odd bookings',
      text: 'Many appointments within minutes, names that look invented, a client who wants to pay with a card and have the money back in another way, somebody who asks when a certain person comes: these are reasons to stop and ask. Mark the booking for review instead of cancelling it in silence.',
    },
    {
      title: 'Notes and cards',
      text: 'Write into a note what helps the appointment, and what you would say in front of the client. Numbers of cards and identity documents never belong in a note, a mail or a message; a payment goes through the payment page.',
    },
    {
      title: 'When something went wrong',
      text: 'A mail to the wrong person, a lost telephone, a screen somebody saw: tell your manager or the person responsible for compliance today, however small it seems. For some of it the law counts in hours. Do not try to repair it by deleting.',
    },
  ],
  items: [
    {
      id: 'who-is-a-client',
      text: 'Somebody calls, says that they are the husband of a client, and asks when her appointment is. What do you do?',
      choices: [
        'Say neither whether she is a client nor when she comes, and offer to take a message.',
        'Tell him the time, since he is family.',
        'Tell him that she has an appointment, but not when.',
        'Ask him for her date of birth, and tell him the time if it is right.',
      ],
      because: 'Whether somebody is a client here is already a secret, also within a family.',
    },
    {
      id: 'call-back',
      text: 'A caller says that she is a client and wants to change her telephone number at once. What is right?',
      choices: [
        'Offer to call back on the number that we have, or ask her to change it in her own account.',
        'Change it, because she knows her name and address.',
        'Change it if she sounds annoyed, so that she does not complain.',
        'Send the change to the new number to confirm it.',
      ],
      because: 'Whoever controls the number receives the codes; names and addresses are easily known.',
    },
    {
      id: 'shared-account',
      text: 'A colleague has forgotten the telephone with the second factor and asks to work in your session for ten minutes.',
      choices: [
        'No: a manager can help them to sign in; your session is yours alone.',
        'Yes, if you stay in the room.',
        'Yes, but only to look, not to change anything.',
        'Yes, and you write down afterwards what was done.',
      ],
      because: 'What is done in your session was done by you, and nobody can tell it apart later.',
    },
    {
      id: 'password',
      text: 'Which password is the right one for your account here?',
      choices: [
        'A long one that a password manager made and that is used nowhere else.',
        'Your best one, which you also use for your mail, so that you do not forget it.',
        'The name of the practice with the year and an exclamation mark.',
        'A short one that you change every week.',
      ],
      because: 'What leaks somewhere else is tried here first; length and being used once are what counts.',
    },
    {
      id: 'code-on-the-phone',
      text: 'Somebody from “support” calls and needs the code on your telephone to stop an attack. You have two minutes.',
      choices: [
        'Hang up, and tell your manager: nobody of ours ever asks for a code.',
        'Read it out, because an attack is going on.',
        'Read out the first half to check whether they know the rest.',
        'Ask for their name, and read it out if it sounds right.',
      ],
      because: 'A code is the last thing that keeps an attacker out, and hurry is their tool.',
    },
    {
      id: 'phishing-signs',
      text: 'Which of these mails do you not act on before you have asked somebody?',
      choices: [
        'One that says your account will be closed today unless you sign in with the link in it.',
        'The notice of a new appointment, with no link in it, that you also see in the calendar.',
        'A mail from a colleague about the next team meeting that you spoke of this morning.',
        'The weekly overview that you switched on yourself, which you read in the app.',
      ],
      because: 'Hurry, a threat and a link to sign in are the marks of a mail that wants your password.',
    },
    {
      id: 'opened-it',
      text: 'You have opened the link in a false mail and typed your password. What comes first?',
      choices: [
        'Tell your manager or compliance at once, and change the password.',
        'Delete the mail and wait whether something happens.',
        'Change the password next week, when the old one is due.',
        'Keep quiet: it is only your own account.',
      ],
      because: 'Minutes count, and nobody is blamed for telling.',
    },
    {
      id: 'odd-bookings',
      text: 'Within five minutes fourteen appointments of new clients with names such as “asdf” appear. What do you do?',
      choices: [
        'Leave them as they are, have them reviewed, and tell your manager.',
        'Cancel them all at once and say nothing.',
        'Call each number to tell them that they are not welcome.',
        'Confirm them, since they may pay a deposit.',
      ],
      because:
        'Seen together they are evidence, and some may be real; review keeps the times while somebody decides.',
    },
    {
      id: 'card-number',
      text: 'A client tells you their card number on the telephone, so that you can take the deposit later.',
      choices: [
        'Write it nowhere, and send the payment link instead.',
        'Put it into the note of the appointment, marked as secret.',
        'Send it to the bookkeeper by mail and delete the mail.',
        'Write it on paper and shred that in the evening.',
      ],
      because: 'A card number that nobody wrote down cannot be lost; the payment page takes it for us.',
    },
    {
      id: 'curious-look',
      text: 'You see the name of an acquaintance in the list. May you open the record to see why they come?',
      choices: [
        'No, unless your work with their appointment needs it; every look is recorded.',
        'Yes, since you have the right to open it.',
        'Yes, if you tell nobody.',
        'Yes, if they are no close friend.',
      ],
      because: 'Being able to is not being allowed to: what you need for the work decides.',
    },
    {
      id: 'wrong-recipient',
      text: 'You have sent the details of one client to another. What is right?',
      choices: [
        'Tell your manager or compliance today, with what was sent to whom.',
        'Ask the other client to delete it and forget the matter.',
        'Delete it from the sent mails so that nobody is worried.',
        'Wait whether anybody complains.',
      ],
      because: 'For some mistakes the law counts in hours, and it is for somebody else to judge which.',
    },
    {
      id: 'note',
      text: 'What belongs in the note of an appointment?',
      choices: [
        'What helps the appointment, in words you would say in front of the client.',
        'What you think of the client, so that colleagues are warned.',
        'The number of their identity card, in case it is needed.',
        'What their neighbour told you about them.',
      ],
      because:
        'Clients may read what is kept about them, and numbers of documents are what thieves look for.',
    },
  ],
};
