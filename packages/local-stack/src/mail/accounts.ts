import { Secret, TOTP } from 'otpauth';
import { html, page } from './markup.ts';

/** An account of the demo, as a newcomer needs it to sign in. */
export interface DemoAccount {
  role: string;
  organization: string;
  displayName: string;
  email: string;
  password: string;
  totpSecret?: string | undefined;
}

const periodSeconds = 30;

/** The code an authenticator app would show now (RFC 6238, SHA-1, six digits, 30 seconds, as identity issues them). */
export function totpCode(secret: string, now: Date): string {
  const totp = new TOTP({
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
  });
  return totp.generate({ timestamp: now.getTime() });
}

export function accountsPage(accounts: DemoAccount[], now: Date): string {
  if (accounts.length === 0)
    return page('Demo accounts', html`<p>No demo accounts: this mailbox was started without a stack.</p>`);
  const secondsLeft = periodSeconds - (Math.floor(now.getTime() / 1000) % periodSeconds);
  const rows = accounts.map(
    (account) =>
      html`<tr>
        <td>${account.role}<br /><span class="quiet">${account.organization}</span></td>
        <td>${account.displayName}<br /><code>${account.email}</code></td>
        <td><code>${account.password}</code></td>
        <td>
          ${account.totpSecret ? html`<code>${totpCode(account.totpSecret, now)}</code>` : 'not needed'}
        </td>
      </tr>`,
  );
  return page(
    'Demo accounts',
    html`<p>
        Each code is good once. The next ones come in ${secondsLeft} seconds; this page reloads itself.
      </p>
      <table>
        <tr>
          <th>Role</th>
          <th>Account</th>
          <th>Password</th>
          <th>Code now</th>
        </tr>
        ${rows}
      </table>`,
    { refreshSeconds: Math.min(secondsLeft, 5) },
  );
}
