import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { HttpAnswer } from '@kept/subgraph-kit';
import { ORGANIZATION_HEADER } from '../authenticate/caller.ts';
import type { Page } from './open-edge.ts';

const require = createRequire(import.meta.url);

// Served from node_modules, so that the page works without a network and nobody else learns that it was opened.
const FILES = {
  'react.js': ['react', 'umd/react.production.min.js'],
  'react-dom.js': ['react-dom', 'umd/react-dom.production.min.js'],
  'graphiql.js': ['graphiql', 'graphiql.min.js'],
  'graphiql.css': ['graphiql', 'graphiql.min.css'],
} as const;

// GraphiQL sets style attributes and has its fonts as data; scripts come from our files alone.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  'font-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** GraphiQL at `/`, with the demo organization's header filled in, and a word where the links of mails lead. Only for development: it shows the whole schema. */
export function developmentPages({ organizationId }: { organizationId: string | undefined }): Page[] {
  const page = (type: string, body: string): HttpAnswer => ({
    status: 200,
    headers: { 'content-type': `${type}; charset=utf-8`, 'content-security-policy': CONTENT_SECURITY_POLICY },
    body,
  });
  const files = Object.entries(FILES).map(([name, [packageName, file]]): Page => {
    const type = name.endsWith('.css') ? 'text/css' : 'text/javascript';
    const body = readFileSync(join(dirname(require.resolve(`${packageName}/package.json`)), file), 'utf8');
    return { path: `/graphiql/${name}`, answer: () => page(type, body) };
  });
  return [
    { path: '/', answer: () => page('text/html', HTML) },
    // Where the links of mails lead. An app has pages of its own there; here nothing is read, asked or changed.
    ...Object.entries(PLACES).map(([path, sentence]): Page => ({
      path,
      answer: () => page('text/html', placeOfAnApp(path, sentence)),
    })),
    { path: '/graphiql/start.js', answer: () => page('text/javascript', startScript(organizationId)) },
    ...files,
  ];
}

const PLACES = {
  '/manage':
    'This link is for one appointment. Your page reads the part behind # and asks bookingByLink with it; cancelByLink, rescheduleByLink and confirmAttendanceByLink change it.',
  '/contact-change':
    'Your page reads the part behind # and takes the change of address back with it (undoContactChange).',
  '/not-me':
    'Your page reads the part behind #, says what the button does, and sends it to notMe when the button is pressed, never by itself.',
  '/invitation':
    'Your page reads the part behind #, asks for a name and a password, and sends all three to acceptInvitation.',
  '/own-account':
    'Your page reads the part behind #, asks for a password, and sends both to acceptOwnAccount.',
  '/unlock':
    'With a part behind #, your page sends it to unlockConfirm on the device that asked; without one it asks for the address and sends that to unlockRequest.',
  '/restore-factor':
    'Your page reads the part behind # and, when a button is pressed, sends it to factorRestore: the authenticator or passkey is back.',
  '/check-message': 'Your page asks checkMessage with the code that stands at the end of a mail.',
  '/privacy': 'Your page shows policyDocument of the purpose and language in this address.',
} as const;

const placeOfAnApp = (path: string, sentence: string) => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="robots" content="noindex" />
    <title>Kept: a page of your app</title>
  </head>
  <body>
    <h1>A page of your app stands at ${path}</h1>
    <p>${sentence}</p>
    <p><a href="/">Try it in GraphiQL</a></p>
  </body>
</html>
`;

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Kept: the graph</title>
    <link rel="stylesheet" href="/graphiql/graphiql.css" />
    <style>
      html, body, #graphiql { height: 100%; margin: 0; }
    </style>
  </head>
  <body>
    <div id="graphiql"></div>
    <script src="/graphiql/react.js"></script>
    <script src="/graphiql/react-dom.js"></script>
    <script src="/graphiql/graphiql.js"></script>
    <script src="/graphiql/start.js"></script>
  </body>
</html>
`;

// JSON inside a script of its own address needs no HTML escaping; it is no inline script.
const startScript = (organizationId: string | undefined) => `'use strict';
const headers = ${JSON.stringify(organizationId ? { [ORGANIZATION_HEADER]: organizationId } : {})};
const query = \`# Kept. Press the play button, or Ctrl-Enter.
#
# Who you are: open "Headers" below. ${ORGANIZATION_HEADER} says which organization you ask;
# after signing in, add  "Authorization": "Bearer <accessToken>".
query Services {
  services {
    name
    durationMinutes
  }
}
\`;
const fetcher = GraphiQL.createFetcher({ url: '/graphql' });
ReactDOM.createRoot(document.getElementById('graphiql')).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: query,
    defaultHeaders: JSON.stringify(headers, null, 2),
    headers: JSON.stringify(headers, null, 2),
    defaultEditorToolsVisibility: 'headers',
    shouldPersistHeaders: false,
  }),
);
`;
