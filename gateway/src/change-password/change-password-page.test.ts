import { changePasswordPages, CHANGE_PASSWORD_PATH } from './change-password-page.ts';

it('[AUT-09] password managers find the page on which a password is changed, where the operator has one', () => {
  expect(changePasswordPages(undefined)).toEqual([]);
  const [page] = changePasswordPages('https://app.example/account/password');
  expect(page?.path).toBe(CHANGE_PASSWORD_PATH);
  const request = {} as Parameters<NonNullable<typeof page>['answer']>[1];
  // Whatever host the request names: the address is the operator's.
  expect(page?.answer({ host: 'evil.example', 'x-forwarded-host': 'evil.example' }, request)).toEqual({
    status: 302,
    headers: { location: 'https://app.example/account/password' },
    body: '',
  });
});
