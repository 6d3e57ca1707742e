import { parse, type DocumentNode } from 'graphql';

const LINKS = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@interfaceObject", "@inaccessible"])`;
const sdl = (text: string): DocumentNode => parse(`${LINKS}\n${text}`);

/** A warehouse in four subgraphs: one of every shape that an executor can get wrong. */
export const PROOF_SCHEMAS: Readonly<Record<string, DocumentNode>> = {
  catalog: sdl(`
    scalar Json
    enum Kind { BOOK TOY SECRET @inaccessible }
    interface Item @key(fields: "id") { id: ID! name: String kind: Kind }
    type Book implements Item @key(fields: "id") { id: ID! name: String kind: Kind pages: Int! label: String! }
    type Toy implements Item @key(fields: "id") { id: ID! name: String kind: Kind age: Int labels: [String] size: Size }
    type Size @shareable { width: Float height: Float! }
    union Thing = Book | Toy | Shelf
    type Room @shareable { floor: Int! number: Int! }
    type Shelf @key(fields: "room { floor number } row") {
      room: Room!  row: Int!  sign: String  grid: [[Book]]  strict: [[Item!]!]  matrix: [[Int!]]  first: Thing
    }
    type Query {
      items: [Item]  item(id: ID!): Item  things: [Thing!]  shelves: [Shelf!]!  books: [Book!]  anything: Json  kind: Kind
    }`),
  stock: sdl(`
    type Item @interfaceObject @key(fields: "id") { id: ID!  stock: Int  reserved: Int!  neighbour: Item }
    type Query { rarest: Item  moving: [Item!] }`),
  prices: sdl(`
    enum Currency { EUR USD }
    type Price { amount: Int!  currency: Currency!  history: [Price!] }
    type Size @shareable { width: Float height: Float! }
    type Book @key(fields: "id") {
      id: ID!  price: Price  pages: Int! @external  weight: Float @requires(fields: "pages")  owner: Person!
    }
    type Toy @key(fields: "id") {
      id: ID!  price: Price  size: Size @external  parcel: String @requires(fields: "size { width height }")
    }
    type Person @key(fields: "id") { id: ID!  name: String @external }
    type Query { cheapest: Book  buyers: [Person!] @provides(fields: "name") }`),
  people: sdl(`
    union Favourite = Book | Toy
    type Book @key(fields: "id", resolvable: false) { id: ID! }
    type Toy @key(fields: "id", resolvable: false) { id: ID! }
    type Person @key(fields: "id") {
      id: ID!  name: String @shareable  friends: [Person]  best: Person!  favourite: Favourite  tags: [String!]!
    }
    type Room @shareable { floor: Int! number: Int! }
    type Shelf @key(fields: "room { floor number } row") { room: Room!  row: Int!  keeper: Person }
    type Query { me: Person!  everybody: [[Person]!] }
    type Mutation { rename(id: ID!, name: String!): Person }`),
};
