import { readFileSync } from 'node:fs';
import { isIP, isIPv6 } from 'node:net';
import {
  Reader,
  type AnonymousIPResponse,
  type AsnResponse,
  type CityResponse,
  type Response,
} from 'maxmind';

/** Where an address is, as exactly as databases can say: a town at best, and often the wrong one. */
export interface Place {
  readonly country: string;
  readonly city: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

export interface AddressFacts {
  readonly place: Place | null;
  /** Number of the autonomous system: the company whose network it is. */
  readonly provider: number | null;
  /** A VPN, Tor, an open proxy or a data centre. */
  readonly anonymous: boolean;
  /** Hides where its users are: all of these but data centres. */
  readonly relayed: boolean;
}

/** What the operator's databases know of addresses. Without any, everybody is nowhere. */
export interface AddressBook {
  lookUp(address: string | null): AddressFacts;
  /** Whether countries can be told at all. */
  readonly knowsCountries: boolean;
}

export interface AddressBookFiles {
  /** Countries, or towns with coordinates: the gateway's setting, and the same file. */
  readonly countries?: string | undefined;
  readonly providers?: string | undefined;
  readonly anonymous?: string | undefined;
}

const NOTHING: AddressFacts = { place: null, provider: null, anonymous: false, relayed: false };

// Some databases write a plain `country_code` (gateway/src/network/country-database.ts).
type Entry = CityResponse & { readonly country_code?: string };

/** Opens databases in MaxMind's format that the operator brings. Throws when one that is named cannot be used. */
export function openAddressBook(files: AddressBookFiles): AddressBook {
  const places = openDatabase<CityResponse>(files.countries, 'KEPT_COUNTRY_DATABASE');
  const providers = openDatabase<AsnResponse>(files.providers, 'KEPT_PROVIDER_DATABASE');
  const anonymous = openDatabase<AnonymousIPResponse>(files.anonymous, 'KEPT_ANONYMOUS_DATABASE');
  return {
    knowsCountries: files.countries !== undefined,
    lookUp(address) {
      // What is no address would be read as one: the reader checks nothing.
      if (address === null || isIP(address) === 0) return NOTHING;
      const hidden = anonymous(address);
      const relayed = [
        hidden?.is_anonymous_vpn,
        hidden?.is_tor_exit_node,
        hidden?.is_public_proxy,
        hidden?.is_residential_proxy,
      ].includes(true);
      return {
        place: placeOf(places(address)),
        provider: providers(address)?.autonomous_system_number ?? null,
        anonymous: relayed || hidden?.is_hosting_provider === true || hidden?.is_anonymous === true,
        relayed,
      };
    },
  };
}

function placeOf(entry: Entry | null): Place | null {
  const country =
    entry?.country?.iso_code ?? entry?.registered_country?.iso_code ?? entry?.country_code ?? null;
  if (country === null || !/^[A-Z]{2}$/.test(country)) return null;
  return {
    country,
    city: entry?.city?.names.en ?? null,
    latitude: entry?.location?.latitude ?? null,
    longitude: entry?.location?.longitude ?? null,
  };
}

function openDatabase<Found extends Response>(
  file: string | undefined,
  setting: string,
): (address: string) => Found | null {
  if (file === undefined) return () => null;
  const reader = read<Found>(file, setting);
  const ipv4Alone = reader.metadata.ipVersion === 4;
  // The reader would look up its first 32 bits as if they were an IPv4 address: everybody's own choice.
  return (address) => (ipv4Alone && isIPv6(address) ? null : reader.get(address));
}

function read<Found extends Response>(file: string, setting: string): Reader<Found> {
  try {
    return new Reader<Found>(readFileSync(file));
  } catch (cause) {
    throw new Error(`The file of ${setting} cannot be read as a database in MaxMind’s format.`, { cause });
  }
}

const EARTH_KM = 6_371;
const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** Kilometres along the surface between two places; null where either is not known so exactly. */
export function kilometresBetween(one: Place | null, other: Place | null): number | null {
  if (one?.latitude == null || one.longitude === null || other?.latitude == null || other.longitude === null)
    return null;
  const [lat1, lat2] = [radians(one.latitude), radians(other.latitude)];
  const half =
    Math.sin((lat2 - lat1) / 2) ** 2 +
    Math.cos(lat1) * Math.cos(lat2) * Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(half)));
}
