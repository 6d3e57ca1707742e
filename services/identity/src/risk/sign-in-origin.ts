import type { Transaction } from '@kept/database';
import type { FieldPlace } from '@kept/field-encryption';
import type { Caller } from '@kept/passport';
import type { Identity } from '../identity.ts';
import { networkOf } from '../lockout/network.ts';
import type { AddressFacts, Place } from './locate-address.ts';
import { nameDevice } from './name-device.ts';

/** Where somebody comes from, as far as it can be judged and kept. */
export interface Origin extends AddressFacts {
  /** A keyed hash of the network, the same for an address and its neighbours of one customer; null when unknown. */
  readonly networkHash: Buffer | null;
}

/** The origin of a request. The address itself goes no further than this. */
export function originOf(
  { secrets, addressBook }: Pick<Identity, 'secrets' | 'addressBook'>,
  tx: Pick<Transaction, 'organizationId'>,
  networkAddress: string | null,
): Origin {
  const network = networkOf(networkAddress);
  return {
    ...addressBook.lookUp(networkAddress),
    networkHash:
      network === undefined ? null : secrets.hash('network', 'origin', tx.organizationId ?? '', network),
  };
}

const originPlace = (
  origin: { accountId: string; sessionId: string },
  column: 'place' | 'device_name',
): FieldPlace => ({
  subjectId: origin.accountId,
  fieldClass: 'sensitive',
  table: 'sign_in_origin',
  column,
  rowId: origin.sessionId,
});

/** Towns are rounded to some ten kilometres: what a place is compared by needs no more. */
const coarse = (degrees: number | null) => (degrees === null ? null : Math.round(degrees * 10) / 10);

/** What a notice says of a sign-in, where it is known. */
export interface DescribedOrigin {
  readonly device: string | null;
  readonly place: Place | null;
}

/** Notes from where a session was opened, and on what. */
export async function rememberOrigin(
  identity: Identity,
  tx: Transaction,
  given: {
    caller: Pick<Caller, 'networkAddress' | 'userAgent'>;
    accountId: string;
    sessionId: string;
    deviceId: string;
    now: Date;
  },
): Promise<DescribedOrigin> {
  const { accountId, sessionId, deviceId, caller, now } = given;
  const { place, provider, relayed, networkHash } = originOf(identity, tx, caller.networkAddress);
  const device = nameDevice(caller.userAgent);
  const rounded = place && {
    ...place,
    latitude: coarse(place.latitude),
    longitude: coarse(place.longitude),
  };
  const seal = (column: 'place' | 'device_name', text: string | null) =>
    text === null ? null : identity.keyring.seal(tx, originPlace({ accountId, sessionId }, column), text);
  await tx.query(
    `INSERT INTO sign_in_origin (session_id, organization_id, account_id, device_id, country, provider, network_hash,
       relayed, place, device_name, began_at, seen_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)`,
    [
      sessionId,
      tx.organizationId,
      accountId,
      deviceId,
      place?.country ?? null,
      provider,
      networkHash,
      relayed,
      await seal('place', rounded && JSON.stringify(rounded)),
      await seal('device_name', device),
      now,
    ],
  );
  return { device, place: rounded };
}

/** What was kept of an origin. */
export interface OriginRow {
  readonly session_id: string;
  readonly account_id: string;
  readonly device_id: string;
  readonly country: string | null;
  /** As text: PostgreSQL's bigint. */
  readonly provider: string | null;
  readonly network_hash: Buffer | null;
  readonly relayed: boolean;
  readonly place: Buffer | null;
  readonly device_name: Buffer | null;
  readonly seen_at: Date;
}

export const ORIGIN_COLUMNS =
  'session_id, account_id, device_id, country, provider, network_hash, relayed, place, device_name, seen_at';

/** Opens what was kept of an origin; nothing of it is left of somebody who was erased. */
export async function openOrigin(
  { keyring }: Pick<Identity, 'keyring'>,
  tx: Transaction,
  row: OriginRow,
): Promise<DescribedOrigin> {
  const of = { accountId: row.account_id, sessionId: row.session_id };
  const [place = null, device = null] = await keyring.openMany(tx, [
    { place: originPlace(of, 'place'), envelope: row.place },
    { place: originPlace(of, 'device_name'), envelope: row.device_name },
  ]);
  return { device, place: place === null ? null : (JSON.parse(place) as Place) };
}
