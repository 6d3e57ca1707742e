import { accessSdl } from '@kept/access-policy';
import { parse, type DocumentNode } from 'graphql';

const LINKS = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@composeDirective", "@listSize"])
  @link(url: "https://kept.example/access/v1.0", import: ["@access"])
  @composeDirective(name: "@access")
`;

/** A subgraph's SDL in tests, with the links and the directive that a service's `federation.graphql` brings. */
export const sdl = (text: string): DocumentNode => parse(`${accessSdl}\n${LINKS}\n${text}`);

/** A small clinic: people here, visits in `scheduling`, bills in `payments`. One of every shape that attacks turn on. */
export const identitySdl = sdl(`
"Anybody with a name." interface Named { "Id." id: ID! "Name." displayName: String "Address." email: String }
"Who can be met." union Party = Client | StaffMember

"Reads." type Query {
  "Who asks." viewer: Client @access(allow: [SIGNED_IN])
  "One client." client(id: ID!): Client @access(allow: [CLIENT, PROVIDER, FRONT_DESK, MANAGER, EMERGENCY])
  "Clients in an order." clients("Needs the right to read it." orderByEmail: Boolean @access(allow: [MANAGER]), filter: ClientFilter): [Client!] @access(allow: [FRONT_DESK, PROVIDER, MANAGER])
  "Staff." staff: [StaffMember!] @access(allow: [PUBLIC])
  "Anybody." parties: [Party!] @access(allow: [PUBLIC])
  "Anybody, by what they share." named: [Named!] @access(allow: [PUBLIC])
  "The safe." vault: Vault @access(allow: [PUBLIC])
}
"Somebody who books." type Client implements Named @key(fields: "id") @access(allow: [SELF, PROVIDER, FRONT_DESK, MANAGER, EMERGENCY]) {
  "Id." id: ID!
  "Name." displayName: String
  "Address." email: String @access(allow: [SELF, FRONT_DESK, MANAGER], purposes: [BOOKING_SERVICE, BOOKING_REMINDER])
  "Called." phone: String @access(allow: [SELF, FRONT_DESK, EMERGENCY], purposes: [BOOKING_SERVICE])
  "Sent news." newsletter: Boolean @access(allow: [SELF, MANAGER], purposes: [MARKETING_NEWS])
  "Where to write." address: Postal @access(allow: [SELF, FRONT_DESK, MANAGER])
  "Born." birthday: String @access(allow: [SELF])
}
"Personal as a whole." type Postal @access(allow: [SELF, FRONT_DESK, MANAGER], purposes: [BOOKING_SERVICE]) { "Street." street: String! }
"Somebody who works here." type StaffMember implements Named @key(fields: "id") @access(allow: [PUBLIC]) {
  "Id." id: ID!
  "Name." displayName: String
  "Address." email: String @access(allow: [SELF, MANAGER])
  "Paid." salary: Int @access(allow: [MANAGER])
}
"Only for managers, whichever way one comes to it." type Vault @access(allow: [MANAGER]) { "Content." content: String }
"Filter of clients." input ClientFilter @access(allow: [FRONT_DESK, PROVIDER, MANAGER]) {
  "Name." name: String
  "Address: whoever may not read it may not guess it either." email: String @access(allow: [FRONT_DESK, MANAGER])
  "More." and: [ClientFilter!]
}
"Changes." type Mutation {
  "Signs in." signIn(name: String!, code: String!): SignedIn @access(allow: [PUBLIC])
  "Changes a role." changeRole(input: RoleInput!): RoleChanged @access(allow: [FRONT_DESK, MANAGER])
  "Changes how somebody is reached." changeContact(input: ContactInput!): ContactChanged @access(allow: [CLIENT, FRONT_DESK])
  "Opens the safe." openVault: VaultOpened @access(allow: [SIGNED_IN])
  "Begins to sign in." signInStart(input: SignInStartInput!): SignInStep! @access(allow: [PUBLIC])
  "Goes on with it." challengeAnswer(flow: ID!, code: String!): SignInStep! @access(allow: [PUBLIC])
  "Stays signed in." refreshSession(refreshToken: String!, deviceToken: String): RefreshResult! @access(allow: [PUBLIC])
  "Signs out." signOut: SignedOut! @access(allow: [SIGNED_IN])
  "Signs out everywhere." signOutEverywhere: SignedOut! @access(allow: [SIGNED_IN])
}
"Who signs in." input SignInStartInput @access(allow: [PUBLIC]) { "Name." name: String! "Token of the device." deviceToken: String "Secret." password: String }
"A step." union SignInStep = SessionIssued | ChallengeRequired
"A new token." union RefreshResult = SessionIssued | SessionEnded
"Signed in." type SessionIssued @access(allow: [PUBLIC]) { "For each request." accessToken: String! "For the next one." refreshToken: String! "Of the device." deviceToken: String! }
"More is needed." type ChallengeRequired @access(allow: [PUBLIC]) { "Of this sign-in." flow: ID! }
"Over." type SessionEnded @access(allow: [PUBLIC]) { "Why." message: String! }
"Signed out." type SignedOut @access(allow: [PUBLIC]) { "When." endedAt: String! }
"Signed in." type SignedIn @access(allow: [PUBLIC]) { "Token." token: String }
"Changed." type RoleChanged @access(allow: [FRONT_DESK, MANAGER]) { "Whose." member: StaffMember "Trace." trace: String @access(allow: [MANAGER]) }
"Opened." type VaultOpened @access(allow: [MANAGER]) { "Content." content: String }
"Changed." type ContactChanged @access(allow: [CLIENT, FRONT_DESK]) { "Whose." client: Client }
"How somebody is reached." input ContactInput @access(allow: [CLIENT, FRONT_DESK]) {
  "Whose." id: ID!
  "Number." phone: String @access(allow: [CLIENT, FRONT_DESK], purposes: [BOOKING_SERVICE])
}
"Which role." input RoleInput @access(allow: [FRONT_DESK, MANAGER]) {
  "Whose." id: ID!
  "Note." note: String
  "The role." role: String @access(allow: [MANAGER])
}
`);

export const schedulingSdl = sdl(`
"Reads." type Query {
  "Visits." visits(first: Int, cursors: [String!]): [Visit!] @access(allow: [CLIENT, PROVIDER, FRONT_DESK, MANAGER, EMERGENCY])
  "What is offered." services(first: Int): [Service!] @listSize(assumedSize: 20, slicingArguments: ["first"], requireOneSlicingArgument: false) @access(allow: [PUBLIC])
  "Says it again." echo(text: String, number: Float, list: [String!], input: EchoInput): String @access(allow: [PUBLIC])
  "Fails." broken: String @access(allow: [PUBLIC])
  "Takes its time." slow: String @access(allow: [PUBLIC])
}
"What can be sent." input EchoInput @access(allow: [PUBLIC]) { "Text." text: String "Count." count: Int "More." more: EchoInput "List." list: [String!] }
"What is offered." type Service @access(allow: [PUBLIC]) { "Name." name: String! "Itself." again: Service "Minutes." minutes: Int }
"A visit." type Visit @key(fields: "id") @access(allow: [SELF, ASSIGNED_PROVIDER, FRONT_DESK, MANAGER, EMERGENCY]) {
  "Id." id: ID!
  "Starts." startsAt: String!
  "Whose." client: Client!
  "Told." notes: String @access(allow: [SELF, ASSIGNED_PROVIDER, EMERGENCY], purposes: [BOOKING_SERVICE])
  "Internal." internal: String @access(allow: [MANAGER])
}
"Somebody who books." type Client @key(fields: "id", resolvable: false) @access(allow: [SELF, PROVIDER, FRONT_DESK, MANAGER, EMERGENCY]) { "Id." id: ID! }
"Changes." type Mutation { "Cancels." cancelVisit(id: ID!): CancelResult @access(allow: [CLIENT, FRONT_DESK]) }
"How it ended." union CancelResult = VisitCancelled | VisitGone
"Cancelled." type VisitCancelled @access(allow: [PUBLIC]) { "Which." visit: Visit }
"Too late." type VisitGone @access(allow: [PUBLIC]) { "Why." message: String! }
`);

export const paymentsSdl = sdl(`
"A visit." type Visit @key(fields: "id") @access(allow: [SELF, ASSIGNED_PROVIDER, FRONT_DESK, MANAGER, EMERGENCY]) {
  "Id." id: ID!
  "Paid, in minor units." paidMinor: Int @access(allow: [SELF, MANAGER])
  "What was billed." invoice: String @access(allow: [SELF, MANAGER], purposes: [PAYMENT])
}
`);
