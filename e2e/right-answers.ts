// What somebody knows who has read the lessons of the onboarding: how each right answer begins.
export const RIGHT_ANSWERS: readonly string[] = [
  'Say neither whether she is a client',
  'Offer to call back on the number that we have',
  'No: a manager can help them to sign in',
  'A long one that a password manager made',
  'Hang up, and tell your manager',
  'One that says your account will be closed today',
  'Tell your manager or compliance at once',
  'Leave them as they are, have them reviewed',
  'Write it nowhere, and send the payment link',
  'No, unless your work with their appointment needs it',
  'Tell your manager or compliance today',
  'What helps the appointment',
];
