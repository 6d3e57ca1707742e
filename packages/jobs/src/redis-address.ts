// The one place that knows how REDIS_URL is written:
//   redis://[user:password@]host[:6379][/0]        one server (rediss:// with TLS)
//   redis+sentinel://h1[:26379],h2,h3/name         Sentinel; the user and password are those of the Redis behind it
//   redis+cluster://h1[:6379],h2,h3                Cluster
// `rediss+sentinel` and `rediss+cluster` speak TLS to the servers.

export interface HostAndPort {
  host: string;
  port: number;
}

export type RedisAddress = {
  tls: boolean;
  username?: string;
  password?: string;
} & (
  | { kind: 'server'; server: HostAndPort; database: number }
  | { kind: 'sentinel'; sentinels: HostAndPort[]; masterName: string }
  | { kind: 'cluster'; nodes: HostAndPort[] }
);

const URL_PARTS = /^redis(s?)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?$/;
const HOST = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/;

// The address is never part of the message: it may hold a password.
function refuse(why: string): never {
  throw new Error(
    `REDIS_URL ${why}; write redis://host:6379, redis+sentinel://h1,h2,h3/name or redis+cluster://h1,h2,h3.`,
  );
}

function readHosts(text: string, defaultPort: number): HostAndPort[] {
  return text.split(',').map((part) => {
    const [, host = '', port] = HOST.exec(part.trim()) ?? [];
    if (host === '') refuse('has a host that cannot be read');
    const number = port === undefined ? defaultPort : Number(port);
    if (number < 1 || number > 65_535) refuse('has a port outside 1 to 65535');
    return { host: host.replace(/^\[|\]$/g, ''), port: number };
  });
}

function readCredentials(text: string | undefined): { username?: string; password?: string } {
  if (text === undefined || text === '') return {};
  const [username = '', ...rest] = text.split(':');
  return {
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(rest.length > 0 && { password: decodeURIComponent(rest.join(':')) }),
  };
}

/** Reads one of the three forms, or says what is wrong without repeating what may hold a password. */
export function readRedisAddress(url: string): RedisAddress {
  const parts = URL_PARTS.exec(url.trim()) ?? refuse('cannot be read');
  const [, secure, kind, credentials, hosts = '', path = ''] = parts;
  const common = { tls: secure === 's', ...readCredentials(credentials) };
  if (kind === '+sentinel') {
    if (path === '') refuse('for Sentinel must end with the name of the master group');
    return { ...common, kind: 'sentinel', sentinels: readHosts(hosts, 26_379), masterName: path };
  }
  if (kind === '+cluster') {
    if (path !== '' && path !== '0') refuse('for a cluster cannot name a database');
    return { ...common, kind: 'cluster', nodes: readHosts(hosts, 6_379) };
  }
  const [server, ...others] = readHosts(hosts, 6_379);
  if (!server || others.length > 0) refuse('names several hosts without saying sentinel or cluster');
  if (!/^\d{0,3}$/.test(path)) refuse('has a database that is not a number');
  return { ...common, kind: 'server', server, database: Number(path) };
}

/** The address without secrets, for sentences in the log. */
export function redisPlace(address: RedisAddress): string {
  const list = (hosts: HostAndPort[]): string => hosts.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (address.kind === 'server') return `Redis at ${list([address.server])}`;
  return address.kind === 'cluster'
    ? `the Redis cluster at ${list(address.nodes)}`
    : `Redis "${address.masterName}" behind Sentinel at ${list(address.sentinels)}`;
}
