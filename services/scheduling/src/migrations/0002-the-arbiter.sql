-- The one thing that decides who has a time (design §6). One row per booked resource per hold or booking;
-- nothing else can refuse a slot, and nothing else needs to.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE allocation (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  owner_kind text NOT NULL CONSTRAINT owner_is_hold_booking_or_block CHECK (owner_kind IN ('hold', 'booking', 'block')),
  owner_id uuid NOT NULL,
  -- Buffers included, '[)' only: back to back is not a conflict.
  period tstzrange NOT NULL CONSTRAINT period_is_finite_and_half_open CHECK (
    NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
  status text NOT NULL CONSTRAINT allocation_status_is_known CHECK (status IN ('held', 'pending', 'confirmed', 'released')),
  expires_at timestamptz,
  -- Plain columns, so that a btree can answer the availability query from the index alone.
  starts_at timestamptz NOT NULL GENERATED ALWAYS AS (lower(period)) STORED,
  ends_at timestamptz NOT NULL GENERATED ALWAYS AS (upper(period)) STORED,
  CONSTRAINT only_holds_expire CHECK ((status = 'held') = (expires_at IS NOT NULL)),
  -- A longest row bounds the index range that a look into one day must read; longer absences are a row per day.
  CONSTRAINT allocation_lasts_at_most_two_days CHECK (upper(period) - lower(period) <= interval '48 hours'),
  CONSTRAINT allocation_is_for_our_resource FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id),
  CONSTRAINT one_allocation_per_resource_and_time EXCLUDE USING gist (resource_id WITH =, period WITH &&)
    WHERE (status IN ('held', 'pending', 'confirmed'))
);
CREATE INDEX allocation_by_resource_and_start ON allocation (resource_id, starts_at)
  INCLUDE (ends_at, organization_id, status, expires_at) WHERE (status IN ('held', 'pending', 'confirmed'));
CREATE INDEX allocation_by_owner ON allocation (owner_id);
CREATE INDEX allocation_by_end ON allocation (ends_at);

SELECT kept_tenant_wall('allocation');
