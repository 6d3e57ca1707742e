// Sends sign-ins for addresses that nobody has, all at once, each time it is told to. A process of its own: what it costs to
// ask must not stand in the figures of who measures.
import { Agent, request } from 'undici';

interface Wave {
  readonly url: string;
  readonly organizationId: string;
  readonly atOnce: number;
  readonly wave: number;
}

const START =
  'mutation ($input: SignInStartInput!) { signInStart(input: $input) { __typename ... on SignInRejected { code } } }';
const dispatcher = new Agent({ connections: null });

async function signIn({ url, organizationId, wave }: Wave, turn: number): Promise<string> {
  const email = `nobody-${wave}-${turn}@example.org`;
  const { body } = await request(url, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json', 'kept-organization': organizationId },
    body: JSON.stringify({
      query: START,
      variables: { input: { email, password: 'Wrong-Password-Of-Some-Length-1' } },
    }),
  });
  const { data, errors } = (await body.json()) as {
    data?: { signInStart?: { __typename: string } } | null;
    errors?: { extensions?: { code?: string } }[];
  };
  return data?.signInStart?.__typename ?? errors?.[0]?.extensions?.code ?? 'no answer';
}

process.on('message', (message) => {
  const wave = message as Wave;
  const all = Array.from({ length: wave.atOnce }, (_, turn) => signIn(wave, turn).catch(() => 'no answer'));
  void Promise.all(all).then((answers) => process.send?.(answers));
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
