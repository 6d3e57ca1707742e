const line = (name, value, width = 16) => `  ${name.padEnd(width)} ${value}`;

/** What a newcomer needs next: where everything is, who they can be, and a first thing to ask. */
export function welcome(stack, directory) {
  const [organization] = stack.organizations;
  const longest = (name) => Math.max(0, ...stack.accounts.map((account) => account[name].length));
  const people = stack.accounts.map((account) =>
    line(account.key, `${account.email.padEnd(longest('email'))}  ${account.password}`, longest('key') + 1),
  );
  const elsewhere = directory === '.kept' ? '' : ` --directory ${directory}`;
  const query = '{ services { id name durationMinutes price { amountMinor currency } } }';
  return `
Kept is running. Ctrl-C stops it; what you did is kept in ${directory} for the next start.

${line('Graph', stack.graphUrl)}
${line('GraphiQL', stack.graphiqlUrl)}
${line('Mailbox', `${stack.mailUrl}   (mails and text messages)`)}
${line('Codes', `${stack.accountsUrl}   (demo accounts with the code of this moment)`)}

Demo accounts${organization ? ` (${organization.name})` : ''}:
${people.join('\n')}

Sign in from another terminal; it prints a token and a request to paste:
  npm run sign-in -- provider${elsewhere}

A first query, as nobody in particular:
  curl -s ${stack.graphUrl} -H 'content-type: application/json' -H 'kept-organization: ${organization?.id ?? ''}' \\
    -d '{"query":"${query}"}'
`;
}
