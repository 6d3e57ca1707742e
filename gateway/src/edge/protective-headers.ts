/**
 * On every answer: it is kept by nobody, guessed at by nobody, framed by nobody, and a browser that shows it as a page runs and loads
 * nothing of it (OWASP ASVS 5.0 3.4.3 to 3.4.6, 14.3.2). A page that needs more says so itself.
 */
export const PROTECTIVE_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};
