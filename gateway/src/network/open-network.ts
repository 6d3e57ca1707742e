import { readFileSync, statSync } from 'node:fs';
import type { Caller } from '@kept/passport';
import { Fault, type Clock, type Logger } from '@kept/subgraph-kit';
import { openCountryDatabase, type CountryOf } from './country-database.ts';
import { needsVisitor, refusingRule, type Visitor } from './network-rules.ts';
import type { OrganizationNetworks, Refusal } from './organization-networks.ts';
import { readNetworkRules, type NetworkRule } from './read-rules.ts';

/** The rules about where people may come from. */
export interface Network {
  /** Before it is known who comes: throws NETWORK_REFUSED where a rule for everybody keeps the address out. */
  admitAddress(address: string | null): void;
  /** Once it is known: throws NETWORK_REFUSED where any rule that is for them does. */
  admitVisitor(address: string | null, visitor: Visitor, caller?: Caller): void;
  stop(): void;
}

export interface NetworkOptions {
  readonly rulesFile: string | undefined;
  readonly countryDatabase: string | undefined;
  /** What identity says of organizations' own rules; nothing when left out. */
  readonly organizations?: (() => OrganizationNetworks | undefined) | undefined;
  readonly clock?: Clock | undefined;
  readonly log: Logger;
  readonly lookEveryMs?: number;
}

// Rules change by hand and databases once a week; a look at two files costs microseconds.
const LOOK_EVERY_MS = 2_000;

interface Loaded {
  readonly forEverybody: readonly NetworkRule[];
  readonly forSome: readonly NetworkRule[];
  readonly countryOf: CountryOf;
}

/**
 * Reads the rules and looks for newer ones every two seconds. At the start a file that cannot be used stops the process,
 * with every problem; later the last good rules stay in force, and the log says why.
 */
export function openNetwork(options: NetworkOptions): Network {
  const { rulesFile, log, organizations = () => undefined, clock = () => new Date() } = options;
  const files = [rulesFile, options.countryDatabase].filter((file) => file !== undefined);
  const age = () => {
    try {
      return files.map((file) => `${statSync(file).mtimeMs} ${statSync(file).size}`).join();
    } catch {
      return 'gone';
    }
  };
  let loaded = load(rulesFile, options.countryDatabase);
  let known = age();
  const look = () => {
    const now = age();
    if (now === known) return;
    known = now;
    try {
      loaded = load(rulesFile, options.countryDatabase);
      log.info(
        { rules: loaded.forEverybody.length + loaded.forSome.length },
        'new network rules are in force',
      );
    } catch (error) {
      log.error({ err: error }, 'the network rules cannot be used; the last good ones stay in force');
    }
  };
  const timer = setInterval(look, options.lookEveryMs ?? LOOK_EVERY_MS).unref();
  const refuseBy = (rule: NetworkRule | undefined) => {
    if (!rule) return;
    log.warn({ event: 'FORBIDDEN_NETWORK', rule: rule.name }, 'a network rule kept somebody out');
    // The same for every reason: it tells nobody which network would do.
    throw new Fault('NETWORK_REFUSED', 'This is not available from where you are.', {
      detail: `network rule "${rule.name}"`,
    });
  };
  return {
    admitAddress: (address) =>
      refuseBy(
        refusingRule(loaded.forEverybody, address, { visitor: undefined, countryOf: loaded.countryOf }),
      ),
    admitVisitor(address, visitor, caller) {
      const { countryOf } = loaded;
      refuseBy(refusingRule(loaded.forSome, address, { visitor, countryOf }));
      if (caller) refuseByOrganization(organizations()?.against(caller, { countryOf, now: clock() }), log);
    },
    stop: () => clearInterval(timer),
  };
}

// What only looks is written down too, so that a rule can be tried before it holds.
function refuseByOrganization(refusal: Refusal | undefined, log: Logger): void {
  if (!refusal) return;
  const { ruleId, enforced } = refusal;
  log.warn(
    { event: 'FORBIDDEN_NETWORK', rule: ruleId, enforced },
    'a rule of an organization speaks against somebody',
  );
  if (!enforced) return;
  throw new Fault('NETWORK_REFUSED', 'This is not available from where you are.', {
    detail: `rule ${ruleId} of the organization`,
  });
}

function load(rulesFile: string | undefined, countryDatabase: string | undefined): Loaded {
  const read = (file: string, what: string) => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new Error(`${what} cannot be read.`, { cause });
    }
  };
  const database = countryDatabase && read(countryDatabase, 'The file of KEPT_COUNTRY_DATABASE');
  const rules =
    rulesFile === undefined
      ? []
      : readNetworkRules(read(rulesFile, 'The file of KEPT_NETWORK_RULES_FILE').toString('utf8'), {
          knowsCountries: Boolean(database),
        });
  return {
    forEverybody: rules.filter((rule) => !needsVisitor(rule)),
    forSome: rules.filter(needsVisitor),
    countryOf: database ? openDatabase(database) : () => null,
  };
}

function openDatabase(database: Buffer): CountryOf {
  try {
    return openCountryDatabase(database);
  } catch (cause) {
    throw new Error('The file of KEPT_COUNTRY_DATABASE is no database in MaxMind’s format.', { cause });
  }
}
