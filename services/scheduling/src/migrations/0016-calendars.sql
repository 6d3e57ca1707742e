-- A person's private calendar feed: an address that nobody can guess. Only its hash is here, so a copy of this table opens none.
CREATE TABLE calendar_feed (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  owner_kind text NOT NULL CONSTRAINT feeds_belong_to_clients_or_staff CHECK (owner_kind IN ('CLIENT', 'STAFF')),
  owner_id uuid NOT NULL,
  secret_hash bytea NOT NULL CONSTRAINT feed_secret_is_hashed CHECK (octet_length(secret_hash) = 32),
  version integer NOT NULL CONSTRAINT feed_version_counts_from_one CHECK (version >= 1),
  created_at timestamptz NOT NULL,
  rotated_at timestamptz,
  CONSTRAINT one_feed_per_person UNIQUE (organization_id, owner_id),
  CONSTRAINT one_feed_per_secret UNIQUE (secret_hash)
);
SELECT kept_tenant_wall('calendar_feed');

-- A calendar outside that says when a provider is busy. Where it is and with what it is opened is sealed under the staff
-- member's own key; nothing of what stands in it is kept but the times in busy_block.
CREATE TABLE calendar_connection (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT calendars_are_read_by_address_or_caldav CHECK (kind IN ('ICS', 'CALDAV')),
  access bytea NOT NULL,
  version integer NOT NULL CONSTRAINT connection_version_counts_from_one CHECK (version >= 1),
  created_at timestamptz NOT NULL,
  last_worked_at timestamptz NOT NULL,
  next_sync_at timestamptz NOT NULL,
  covered_until timestamptz NOT NULL,
  state_seen text,
  failure text,
  failing_since timestamptz,
  failures integer NOT NULL DEFAULT 0,
  told_at timestamptz,
  CONSTRAINT connection_is_ours UNIQUE (organization_id, id),
  CONSTRAINT who_fails_says_why_and_since_when CHECK (
    (failure IS NULL) = (failing_since IS NULL) AND (failure IS NULL) = (failures = 0)),
  CONSTRAINT connected_provider_is_ours FOREIGN KEY (organization_id, provider_id)
    REFERENCES provider (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX calendar_connection_by_provider ON calendar_connection (provider_id, created_at);
CREATE INDEX calendar_connection_by_next_sync ON calendar_connection (next_sync_at);
SELECT kept_tenant_wall('calendar_connection');

-- When a provider is busy by one of their calendars: times and nothing else. Rows of one connection are replaced together.
-- They are read beside the arbiter and never stand in it: calendars overlap themselves.
CREATE TABLE busy_block (
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  CONSTRAINT busy_blocks_of_a_calendar_are_merged PRIMARY KEY (connection_id, starts_at),
  CONSTRAINT busy_block_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT busy_block_is_of_our_connection FOREIGN KEY (organization_id, connection_id)
    REFERENCES calendar_connection (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX busy_block_by_provider ON busy_block (provider_id, ends_at) INCLUDE (starts_at, connection_id, organization_id);
CREATE INDEX busy_block_by_end ON busy_block (ends_at);
SELECT kept_tenant_wall('busy_block');
