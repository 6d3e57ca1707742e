// An app may ask what its user may do, so that it can say so before it asks. The hole to keep closed: a place that answers
// about fields must not become a list of the fields that somebody is not told of, nor answer about somebody else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDecisions, PURPOSES, purposesOf, readAccessMap } from '@kept/access-policy';
import { parse } from 'graphql';
import { startListener, type Listener } from '../test-graph/listener.ts';
import { openTestGraph, type Person, type TestGraph } from '../test-graph/open-test-graph.ts';
import { ANNA, BERT, DORA } from '../test-graph/subgraphs.ts';
import { openAccessOfViewer } from './access-of-viewer.ts';

const supergraphSdl = readFileSync(join(import.meta.dirname, '../../supergraph.graphql'), 'utf8');
const anna: Person = { kind: 'CLIENT', id: ANNA };
const desk: Person = { kind: 'STAFF', id: DORA, roles: ['FRONT_DESK'] };

describe.each(['stock', 'compiled'] as const)(
  'viewer.access through the gateway (%s executor)',
  (executor) => {
    let graph: TestGraph;
    let services: Listener;
    const viewer = (id: string) => ({ viewer: { __typename: 'Viewer', id, kind: 'CLIENT' } });
    beforeAll(async () => {
      services = await startListener();
      graph = await openTestGraph({ supergraphSdl, executor }, services.subgraphs);
    });
    afterAll(async () => {
      await graph.stop();
      await services.stop();
    });
    beforeEach(() => {
      services.heard.splice(0);
      services.data = viewer(ANNA);
    });

    const ACCESS = `query ($coordinates: [String!]!) {
    viewer { kind access(coordinates: $coordinates) { coordinate answer because } }
  }`;
    const ask = async (coordinates: string[], as: Person, headers: Record<string, string> = {}) => {
      const { data, errors } = await graph.ask(ACCESS, { as, variables: { coordinates }, headers });
      return { errors, viewer: data?.['viewer'] as { access: unknown } | null };
    };

    it('says allow, ask or deny for the person who asks, in the order of the question', async () => {
      const coordinates = [
        'Client.email',
        'Mutation.cancelBooking',
        'Query.ledger',
        'CreateSlotHoldInput.override',
      ];
      expect(await ask(coordinates, anna)).toMatchObject({
        errors: [],
        viewer: {
          kind: 'CLIENT',
          access: [
            { coordinate: 'Client.email', answer: 'ASK', because: null },
            { coordinate: 'Mutation.cancelBooking', answer: 'ALLOW', because: null },
            { coordinate: 'Query.ledger', answer: 'DENY', because: 'ROLE' },
            { coordinate: 'CreateSlotHoldInput.override', answer: 'DENY', because: 'ROLE' },
          ],
        },
      });
      services.data = viewer(DORA);
      const asked = await ask(coordinates, desk);
      expect(asked.viewer?.access).toMatchObject([
        { answer: 'ALLOW' },
        { answer: 'ALLOW' },
        { answer: 'DENY' },
        { answer: 'ALLOW' },
      ]);
    });

    it('is answered in this process: no service hears the question', async () => {
      await ask(['Client.email'], anna);
      expect(services.heard).toHaveLength(1);
      expect(services.heard[0]).not.toMatch(/access|Client\.email/);
    });

    it('answers nothing about another account than the caller’s, whatever a service says', async () => {
      services.data = viewer(BERT);
      const asked = await ask(['Client.email'], anna);
      expect(asked.viewer?.access).toBeNull();
    });

    it('takes 100 coordinates and refuses more', async () => {
      const many = (count: number) => Array.from({ length: count }, () => 'Client.email');
      expect((await ask(many(100), anna)).viewer?.access).toHaveLength(100);
      expect((await ask(many(101), anna)).errors).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED' } }]);
    });
  },
);

describe('the answers', () => {
  const decisions = openDecisions(readAccessMap(parse(supergraphSdl)));
  const accessOf = openAccessOfViewer(decisions);
  const client = { audiences: ['PUBLIC', 'SIGNED_IN', 'CLIENT'], purposes: PURPOSES } as const;
  const of = (coordinates: string[], asking: Parameters<typeof accessOf>[1] = client) =>
    accessOf(coordinates, asking).map(({ answer, because }) => [answer, because]);

  it('are the same for what is denied and for what does not exist', () => {
    const known = of(['AuditEntry.action', 'Query.ledger', 'Query.ledger(first:)']);
    const unknown = of(['AuditEntry.secret', 'Query.treasure', 'Query.ledger(secretly:)']);
    expect(known).toEqual(unknown);
    expect(known).toEqual([
      ['DENY', 'ROLE'],
      ['DENY', 'ROLE'],
      ['DENY', 'ROLE'],
    ]);
    expect(of(['constructor.name', '__proto__.x', 'toString', ''])).toEqual([
      ['DENY', 'ROLE'],
      ['DENY', 'ROLE'],
    ]);
  });

  it('list of a type only what is not denied, and of a denied or unknown type nothing', () => {
    expect(accessOf(['AuditEntry'], client)).toEqual([]);
    expect(accessOf(['Treasure'], client)).toEqual([]);
    const billing = { audiences: ['PUBLIC', 'SIGNED_IN', 'BILLING'], purposes: PURPOSES } as const;
    const listed = accessOf(['Query'], billing);
    expect(listed.map(({ coordinate }) => coordinate)).toContain('Query.ledger');
    expect(listed.map(({ coordinate }) => coordinate)).not.toContain('Query.auditEntries');
    expect(listed.every(({ answer }) => answer !== 'DENY')).toBe(true);
  });

  it('refuse more than a hundred coordinates, wherever they come from, and types without end', () => {
    expect(() =>
      accessOf(
        Array.from({ length: 101 }, () => 'Client.email'),
        client,
      ),
    ).toThrow('at most 100');
    expect(() =>
      accessOf(
        Array.from({ length: 100 }, () => 'Service'),
        client,
      ),
    ).toThrow('fewer types');
  });

  it('say that another purpose would open it only to those whose role would', () => {
    const newsletter = { ...client, purposes: ['MARKETING_NEWS'] } as const;
    expect(of(['Client.email', 'AuditEntry.action', 'Service.name'], newsletter)).toEqual([
      ['DENY', 'PURPOSE'],
      ['DENY', 'ROLE'],
      ['ALLOW', null],
    ]);
  });

  it('are those by which the gateway decides, for every coordinate and every set of natural purposes', () => {
    for (const audiences of [client.audiences, ['PUBLIC', 'SIGNED_IN', 'MANAGER'] as const]) {
      const purposes = purposesOf(audiences);
      const table = decisions.tableFor(audiences, purposes);
      for (let at = 0; at < decisions.coordinates.length; at += 100) {
        const some = decisions.coordinates.slice(at, at + 100);
        const expected = some.map((_, index) => (table[at + index] ?? 0) >= 2);
        expect(accessOf(some, { audiences, purposes }).map(({ answer }) => answer !== 'DENY')).toEqual(
          expected,
        );
      }
    }
  });
});
