import type { Page } from '../edge/open-edge.ts';

/** Where password managers look for the page on which a password is changed (W3C, A Well-Known URL for Changing Passwords). */
export const CHANGE_PASSWORD_PATH = '/.well-known/change-password';

/** `GET /.well-known/change-password`: leads to the page of the app that the operator has named, and nowhere else (A39). */
export const changePasswordPages = (page: string | undefined): Page[] =>
  page === undefined
    ? []
    : [
        {
          path: CHANGE_PASSWORD_PATH,
          answer: () => ({ status: 302, headers: { location: page }, body: '' }),
        },
      ];
