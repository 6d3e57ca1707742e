// What tests ask about passwords, in the words of the graph. Used by tests only.
const REFUSED = '... on PasswordRefused { reasons { code message } }';

export const CHANGE = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename
  ... on PasswordChanged { changedAt } ... on PasswordWrong { message } ${REFUSED} } }`;
export const CHANGE_EXPIRED = `mutation ($input: ChangeExpiredPasswordInput!) { changeExpiredPassword(input: $input) { __typename
  ... on SessionIssued { accessToken refreshToken deviceToken viewer { id secondFactor } }
  ... on SignInRejected { code } ... on PasswordChangeRequired { flow } ${REFUSED} } }`;
export const RESET_START = 'mutation ($email: String!) { passwordResetStart(email: $email) { flow } }';
export const RESET_CONFIRM = `mutation ($input: PasswordResetConfirmInput!) { passwordResetConfirm(input: $input) { __typename
  ... on PasswordChanged { changedAt } ... on CodeRefused { message } ${REFUSED} } }`;

/** What any of them answers. */
export interface PasswordAnswer {
  readonly __typename: string;
  readonly reasons?: readonly { readonly code: string }[];
  readonly code?: string;
  readonly accessToken?: string;
  readonly refreshToken?: string;
}
