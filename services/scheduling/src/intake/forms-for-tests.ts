/** A form with a question of each kind, answers to it, and the operations about both. */
const REFUSED =
  '... on IntakeRefused { message problems { key code message } } ... on VersionConflict { currentVersion }';
export const DEFINE = `mutation ($input: DefineIntakeFormInput!) { defineIntakeForm(input: $input) { __typename ${REFUSED}
  ... on IntakeFormDefined { form { id version requiredBeforeConfirmation fields { key label kind required choices } } } } }`;
export const SUBMIT = `mutation ($input: SubmitIntakeInput!) { submitIntake(input: $input) { __typename ${REFUSED}
  ... on IntakeSubmitted { version notices quote booking { id intakeNeeded } } ... on PolicyViolation { code }
  ... on IdempotencyConflict { message } } }`;
export const APPROVE = `mutation ($input: ApproveIntakeExceptionInput!) { approveIntakeException(input: $input) { __typename
  ... on IntakeExceptionApproved { exception { id identifier validUntil approvedBy { id } } } } }`;
export const REVOKE = `mutation ($input: RevokeIntakeExceptionInput!) { revokeIntakeException(input: $input) { __typename
  ... on IntakeExceptionRevoked { exception { id revokedAt } } } }`;
export const RETIRE = `mutation ($input: RetireIntakeFormInput!) { retireIntakeForm(input: $input) { __typename } }`;
export const READ = `query ($id: ID!) { booking(id: $id) { id intake { version form { version } answers { key text number date yes choices } } } }`;
export const EXCEPTIONS = '{ intakeExceptions { id identifier reason revokedAt } }';

export const FIELDS = [
  { key: 'reason', label: 'What brings you here?', kind: 'LONG_TEXT', required: true },
  { key: 'weight', label: 'Weight in kg', kind: 'NUMBER', min: 1, max: 500 },
  { key: 'since', label: 'Since when?', kind: 'DATE' },
  { key: 'side', label: 'Which side?', kind: 'CHOICE', choices: ['left', 'right'] },
  { key: 'food', label: 'What do you not eat?', kind: 'MULTI_CHOICE', choices: ['meat', 'fish', 'nuts'] },
  { key: 'smoker', label: 'Do you smoke?', kind: 'YES_NO' },
  { key: 'callMe', label: 'Telephone', kind: 'PHONE' },
  { key: 'writeMe', label: 'E-mail of your GP', kind: 'EMAIL' },
  { key: 'insurer', label: 'Insurance', kind: 'TEXT', lengthMax: 20 },
  { key: 'policy', label: 'Policy', kind: 'TEXT', picture: 'KV-9999/A' },
];
export const ANSWER = [
  { key: 'reason', text: 'Rückenschmerzen, seit dem Umzug 📦' },
  { key: 'weight', number: 71.5 },
  { key: 'since', date: '2026-12-24' },
  { key: 'side', choices: ['left'] },
  { key: 'food', choices: ['meat', 'nuts'] },
  { key: 'smoker', yes: false },
  { key: 'callMe', text: '+44 20 7946 0018' },
  { key: 'writeMe', text: 'gp@practice.example' },
  { key: 'insurer', text: 'Barmer' },
  { key: 'policy', text: 'KV-2219/B' },
];
