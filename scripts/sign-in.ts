// `npm run sign-in -- provider`: signs a demo account in over HTTP, as any client would, and prints what to paste.
// `npm run -s sign-in -- provider --token` prints the token alone, for scripts.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { totpCode, type StackAccount } from '@kept/local-stack';

interface SignInStep {
  __typename: string;
  flow?: string;
  accessToken?: string;
  expiresAt?: string;
  code?: string;
  message?: string;
}

const root = join(import.meta.dirname, '..');
const stepFields = `__typename
  ... on SessionIssued { accessToken expiresAt }
  ... on ChallengeRequired { flow }
  ... on EnrollmentRequired { flow }
  ... on SignInRejected { code message }`;

class Trouble extends Error {}

async function readKept<T>(directory: string, file: string): Promise<T> {
  const text = await readFile(join(directory, file), 'utf8').catch(() => {
    throw new Trouble('Kept is not running here; start it with `npm start` in another terminal.');
  });
  return JSON.parse(text) as T;
}

async function ask(
  graphUrl: string,
  account: StackAccount,
  operation: { query: string; variables: object },
): Promise<SignInStep> {
  const response = await fetch(graphUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'kept-organization': account.organizationId },
    body: JSON.stringify(operation),
  }).catch(() => {
    throw new Trouble(`Nothing answers at ${graphUrl}; is \`npm start\` still running?`);
  });
  const { data, errors } = (await response.json()) as {
    data?: Record<string, SignInStep> | null;
    errors?: { message: string }[];
  };
  const step = Object.values(data ?? {})[0];
  if (!step)
    throw new Trouble(
      errors?.map((error) => error.message).join(' ') ?? `The graph answered ${response.status}.`,
    );
  return step;
}

const start = (graphUrl: string, account: StackAccount): Promise<SignInStep> =>
  ask(graphUrl, account, {
    query: `mutation ($input: SignInStartInput!) { signInStart(input: $input) { ${stepFields} } }`,
    variables: { input: { email: account.email, password: account.password } },
  });

async function signIn(graphUrl: string, account: StackAccount): Promise<SignInStep> {
  const first = await start(graphUrl, account);
  if (first.__typename !== 'ChallengeRequired' || !account.totpSecret) return first;
  const answer = {
    query: `mutation ($flow: ID!, $code: String!) { challengeAnswer(flow: $flow, factor: TOTP, code: $code) { ${stepFields} } }`,
    variables: { flow: first.flow, code: totpCode(account.totpSecret, new Date()) },
  };
  const second = await ask(graphUrl, account, answer);
  if (second.code !== 'CODE_REFUSED') return second;
  const waitMs = 30_000 - (Date.now() % 30_000);
  process.stderr.write(
    `Each code is good once and this one was used; waiting ${Math.ceil(waitMs / 1000)} s for the next…\n`,
  );
  await pause(waitMs);
  answer.variables.code = totpCode(account.totpSecret, new Date());
  return ask(graphUrl, account, answer);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { token: { type: 'boolean' }, directory: { type: 'string', default: '.kept' } },
  });
  const directory = resolve(root, values.directory);
  const { graphUrl } = await readKept<{ graphUrl: string }>(directory, 'stack.json');
  const { accounts } = await readKept<{ accounts: StackAccount[] }>(directory, 'accounts.json');
  const [wanted] = positionals;
  const account = accounts.find(({ key, email }) => key === wanted || email === wanted);
  if (!account)
    throw new Trouble(
      `Say who signs in, for example \`npm run sign-in -- provider\`: ${accounts.map(({ key }) => key).join(', ')}.`,
    );
  const step = await signIn(graphUrl, account);
  if (!step.accessToken) throw new Trouble(`Not signed in: ${step.message ?? step.__typename}`);
  if (values.token) {
    process.stdout.write(`${step.accessToken}\n`);
    return;
  }
  const query = '{ viewer { id roles secondFactor organization { name } } }';
  process.stdout.write(
    `${account.displayName} (${account.role}) is signed in until ${step.expiresAt}.\n\nThe token, for GraphiQL's headers:\n` +
      `  {"authorization": "Bearer ${step.accessToken}"}\n\nA request to paste:\n` +
      `  curl -s ${graphUrl} -H 'content-type: application/json' -H 'authorization: Bearer ${step.accessToken}' \\\n` +
      `    -d '{"query":"${query}"}'\n`,
  );
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
