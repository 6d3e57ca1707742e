import { isIPv6 } from 'node:net';
import { Reader, type CountryResponse } from 'mmdb-lib';

/** The country of an address: ISO 3166-1, or null when nobody knows. */
export type CountryOf = (address: string) => string | null;

// GeoLite2 and GeoIP2 write `country`, and `registered_country` where the network is used elsewhere; databases made of
// public registries write a plain `country_code`.
interface Entry {
  readonly country?: { readonly iso_code?: string };
  readonly registered_country?: { readonly iso_code?: string };
  readonly country_code?: string;
}

/** Opens a database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/) that the operator brings. */
export function openCountryDatabase(file: Buffer): CountryOf {
  const reader = new Reader<CountryResponse>(file);
  const ipv4Alone = reader.metadata.ipVersion === 4;
  return (address) => {
    // The reader would look up its first 32 bits as if they were an IPv4 address: everybody's own choice.
    if (ipv4Alone && isIPv6(address)) return null;
    const entry = reader.get(address) as Entry | null;
    return entry?.country?.iso_code ?? entry?.registered_country?.iso_code ?? entry?.country_code ?? null;
  };
}
