// The attacker of `bench/abuse.ts`, in a process of its own so that its work does not count as the gateway's: as many
// abusive requests as are answered on a few connections, from a few addresses, some of them signed in.
import { createHash } from 'node:crypto';
import { Pool } from 'undici';

const CONNECTIONS = 8;
const nested = (levels: number): string => (levels === 0 ? 'name' : `services { ${nested(levels - 1)} }`);
const many = (count: number, part: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => part(at)).join(' ');
const PAGE = `nodes { id status service { name } provider { id staffMember { displayName } } client { displayName }
  payments { id amount { amountMinor } refunds { id amount { amountMinor } } } }`;

// What an attacker would try: dear and valid, dear and refused, unreadable, and cheap in numbers.
const BODIES = [
  JSON.stringify({ query: `{ bookings(first: 100) { ${PAGE} } }` }),
  JSON.stringify({
    query: `query ($n: Int) { bookings(first: $n) { ${PAGE} } }`,
    variables: { n: 2_147_483_647 },
  }),
  JSON.stringify({ query: `{ ${many(500, (at) => `a${at}: services { name }`)} }` }),
  JSON.stringify({ query: `{ ${nested(200)} }` }),
  JSON.stringify({
    query: `{ services { ...F0 } } ${many(30, (at) => `fragment F${at} on Service { ...F${at + 1} ...F${at + 1} }`)} fragment F30 on Service { name }`,
  }),
  JSON.stringify({
    query: `{ ${many(9, (at) => `p${at}: providers(serviceId: "x") { id staffMember { displayName } }`)} }`,
  }),
  JSON.stringify({ query: '{ __typename }' }),
  '{"query": "{ services { name',
  JSON.stringify({
    query: '{ services { name } }',
    variables: { list: Array.from({ length: 5_000 }, String) },
  }),
  `{"query":"{ services { name } }","junk":"${'x'.repeat(200_000)}"}`,
];

const { url, tokens } = JSON.parse(process.env['BENCH_FLOOD'] ?? '{}') as { url: string; tokens: string[] };
const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
const state = { flooding: false };
let sent = 0;
const statuses = new Map<number, number>();

async function flood(connection: number): Promise<void> {
  for (let at = connection; state.flooding; at += 1) {
    // Every third request has a token: a good one, or one that must be looked at to be refused.
    const token =
      at % 6 === 0 ? tokens[at % tokens.length] : createHash('sha256').update(String(at)).digest('hex');
    try {
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/graphql',
        headers: {
          'content-type': 'application/json',
          'x-forwarded-for': `198.51.100.${at % 4}`,
          ...(at % 3 === 0 && { authorization: `Bearer ${token}` }),
        },
        body: BODIES[at % BODIES.length] ?? '',
      });
      await body.dump();
      sent += 1;
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    } catch {
      // The gateway may close the connection of a request that it does not read.
      sent += 1;
    }
  }
}

process.on('message', (message) => {
  if (message === 'start') {
    state.flooding = true;
    void Promise.all(Array.from({ length: CONNECTIONS }, (_, at) => flood(at * 7)));
  } else {
    state.flooding = false;
    process.send?.({ sent, statuses: Object.fromEntries(statuses) });
  }
});
process.on('disconnect', () => process.exit());
process.send?.({ url });
