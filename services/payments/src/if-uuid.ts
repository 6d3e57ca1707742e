const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id that is no UUID names nothing; PostgreSQL would call it an error. */
export const ifUuid = <Value>(id: string, find: () => Promise<Value | null>): Promise<Value | null> =>
  UUID.test(id) ? find() : Promise.resolve(null);
