import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';

let domains: ReadonlySet<string> | undefined;

/**
 * Whether an address in canonical form is of a domain, or below a domain, that hands out mailboxes for minutes. The list
 * comes with the package (the one that PyPI refuses sign-ups by); it is a reason to look twice, never one to refuse.
 */
export function isDisposable(email: string): boolean {
  domains ??= disposableEmailBlocklistSet();
  const labels = email.slice(email.lastIndexOf('@') + 1).split('.');
  return labels.some((_label, index) => domains?.has(labels.slice(index).join('.')));
}
