type Row = Readonly<Record<string, unknown>>;

const books: Row[] = ['b1', 'b2', 'b3'].map((id, index) => ({
  __typename: 'Book',
  id,
  name: `book ${index}`,
  kind: index === 2 ? 'SECRET' : 'BOOK',
  pages: 100 + index,
  label: `label ${index}`,
}));
const toys: Row[] = ['t1', 't2'].map((id, index) => ({
  __typename: 'Toy',
  id,
  name: index === 0 ? null : 'toy',
  kind: 'TOY',
  age: 3,
  labels: ['a', null],
  size: index === 0 ? { width: 1.5, height: 2 } : null,
}));
const items = [...books, null, ...toys];
const [first, second] = books;
const shelves: Row[] = [1, 2].map((row) => ({
  __typename: 'Shelf',
  room: { floor: 0, number: row },
  row,
  sign: `shelf ${row}`,
  grid: [[first, null], null, [second]],
  strict: [books, toys],
  matrix: [[1, 2], null, []],
  first: row === 1 ? toys[0] : { __typename: 'Shelf', room: { floor: 0, number: 1 }, row: 1 },
}));
const person = (id: string): Row => ({ __typename: 'Person', id });
const people: Readonly<Record<string, Row>> = {
  p1: { ...person('p1'), name: 'Ada', friends: [person('p2'), null], best: person('p2'), tags: ['x'] },
  p2: { ...person('p2'), name: null, friends: null, best: person('p1'), tags: [] },
};
const favourites: Readonly<Record<string, Row>> = {
  p1: { __typename: 'Toy', id: 't1' },
  p2: { __typename: 'Book', id: 'b2' },
};
const byId = (rows: readonly Row[]) => (given: Row) => rows.find(({ id }) => id === given['id']) ?? null;
const personOf = (given: Row): Row => people[String(given['id'])] ?? person('p1');
const amountOf = ({ id }: Row) => String(id).charCodeAt(1);
const priceOf = (row: Row) => ({
  amount: amountOf(row),
  currency: 'EUR',
  history: [{ amount: 1, currency: 'USD', history: null }],
});

/** What the subgraphs of `schemas.ts` answer. `b3` costs nothing that prices knows of; `t2` has no size. */
export const PROOF_RESOLVERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  catalog: {
    Query: {
      items: () => items,
      item: (_: unknown, given: Row) => byId([...books, ...toys])(given),
      things: () => [...books, ...toys, ...shelves],
      shelves: () => shelves,
      books: () => books,
      anything: () => ({ deep: [1, { er: true }] }),
      kind: () => 'BOOK',
    },
    Item: { __resolveReference: byId([...books, ...toys]) },
    Book: { __resolveReference: byId(books) },
    Toy: { __resolveReference: byId(toys) },
    Shelf: { __resolveReference: ({ row }: Row) => shelves.find((shelf) => shelf['row'] === row) ?? null },
  },
  stock: {
    Query: { rarest: () => ({ id: 'b2' }), moving: () => [{ id: 't1' }, { id: 'b1' }] },
    Item: {
      __resolveReference: (given: Row) => given,
      stock: amountOf,
      reserved: () => 1,
      neighbour: () => ({ id: 'b1' }),
    },
  },
  prices: {
    Query: {
      cheapest: () => ({ id: 'b1' }),
      buyers: () => [person('p1'), { ...person('p2'), name: 'Bea' }],
    },
    Book: {
      __resolveReference: (given: Row) => (given['id'] === 'b3' ? null : given),
      price: priceOf,
      weight: ({ pages }: Row) => (typeof pages === 'number' ? pages / 10 : null),
      owner: ({ id }: Row) => person(id === 'b1' ? 'p1' : 'p2'),
    },
    Toy: {
      __resolveReference: (given: Row) => given,
      price: priceOf,
      parcel: ({ size }: Row) => (size ? JSON.stringify(size) : 'none'),
    },
    Person: { name: ({ name }: Row) => name ?? 'Ada' },
  },
  people: {
    Query: { me: () => people['p1'], everybody: () => [[people['p1'], null, people['p2']], []] },
    Mutation: { rename: (_: unknown, { id, name }: Row) => ({ ...personOf({ id }), name }) },
    Person: {
      __resolveReference: personOf,
      name: (row: Row) => row['name'] ?? personOf(row)['name'],
      friends: (row: Row) => personOf(row)['friends'],
      best: (row: Row) => personOf(row)['best'],
      tags: (row: Row) => personOf(row)['tags'],
      favourite: ({ id }: Row) => favourites[String(id)],
    },
    Shelf: { __resolveReference: (given: Row) => given, keeper: () => person('p2') },
  },
};
