-- What can be booked, and when people work. Ids of providers are the ids of the staff members (identity);
-- the ids of resources are random v4 and unique across organizations, which the arbiter relies on.

CREATE TABLE organization_profile (
  organization_id uuid PRIMARY KEY REFERENCES organization (id),
  name text NOT NULL,
  time_zone text NOT NULL,
  currency text NOT NULL CONSTRAINT currency_is_three_capitals CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE client (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  registered_at timestamptz NOT NULL
);

CREATE TABLE resource (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  kind text NOT NULL CONSTRAINT resource_is_staff_room_or_equipment CHECK (kind IN ('STAFF', 'ROOM', 'EQUIPMENT')),
  CONSTRAINT resource_belongs_to_one_organization UNIQUE (organization_id, id)
);

-- A member of staff who can be booked. Without a zone of their own they live in the organization's.
CREATE TABLE provider (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  time_zone text,
  active boolean NOT NULL,
  CONSTRAINT provider_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT provider_is_a_resource FOREIGN KEY (organization_id, id) REFERENCES resource (organization_id, id)
);

CREATE TABLE service (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  name text NOT NULL CONSTRAINT service_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL CONSTRAINT service_description_is_short CHECK (length(description) <= 4000),
  duration_minutes integer NOT NULL CONSTRAINT service_lasts_minutes_to_a_day CHECK (duration_minutes BETWEEN 5 AND 1440),
  price_minor bigint NOT NULL CONSTRAINT price_is_not_negative CHECK (price_minor BETWEEN 0 AND 1000000000000),
  deposit_minor bigint CONSTRAINT deposit_is_part_of_the_price CHECK (deposit_minor > 0 AND deposit_minor <= price_minor),
  currency text NOT NULL CONSTRAINT service_currency_is_three_capitals CHECK (currency ~ '^[A-Z]{3}$'),
  buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes BETWEEN 0 AND 480),
  buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes BETWEEN 0 AND 480),
  minimum_lead_minutes integer NOT NULL CHECK (minimum_lead_minutes BETWEEN 0 AND 525600),
  maximum_advance_minutes integer NOT NULL CHECK (maximum_advance_minutes BETWEEN 1 AND 1051200),
  slot_interval_minutes integer NOT NULL CHECK (slot_interval_minutes BETWEEN 5 AND 1440),
  cancellation_window_minutes integer NOT NULL CHECK (cancellation_window_minutes BETWEEN 0 AND 525600),
  reschedule_window_minutes integer NOT NULL CHECK (reschedule_window_minutes BETWEEN 0 AND 525600),
  reschedules_max integer NOT NULL CHECK (reschedules_max BETWEEN 0 AND 100),
  active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT service_belongs_to_one_organization UNIQUE (organization_id, id)
);
CREATE INDEX service_by_name ON service (organization_id, name, id) WHERE active;

CREATE TABLE service_provider (
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  PRIMARY KEY (service_id, provider_id),
  CONSTRAINT offered_service_is_ours FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id),
  CONSTRAINT offering_provider_is_ours FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);

-- Wall-clock windows in the provider's zone, minutes after midnight. An end before its start is the next day.
CREATE TABLE weekly_rule (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  day_of_week smallint NOT NULL CONSTRAINT sunday_is_zero CHECK (day_of_week BETWEEN 0 AND 6),
  start_minute smallint NOT NULL CONSTRAINT rule_starts_within_its_day CHECK (start_minute BETWEEN 0 AND 1439),
  end_minute smallint NOT NULL CONSTRAINT rule_ends_by_midnight_or_next_day CHECK (end_minute BETWEEN 0 AND 1440),
  CONSTRAINT rule_is_for_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);
CREATE INDEX weekly_rule_by_provider ON weekly_rule (provider_id) INCLUDE (organization_id, day_of_week, start_minute, end_minute);

-- Replaces every weekly window that starts on that local date; start = end says closed.
CREATE TABLE date_override (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  on_date date NOT NULL,
  start_minute smallint NOT NULL CONSTRAINT override_starts_within_its_day CHECK (start_minute BETWEEN 0 AND 1439),
  end_minute smallint NOT NULL CONSTRAINT override_ends_by_midnight_or_next_day CHECK (end_minute BETWEEN 0 AND 1440),
  CONSTRAINT override_is_for_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);
CREATE INDEX date_override_by_provider ON date_override (provider_id, on_date) INCLUDE (organization_id, start_minute, end_minute);

SELECT kept_tenant_wall('organization_profile');
SELECT kept_tenant_wall('client');
SELECT kept_tenant_wall('resource');
SELECT kept_tenant_wall('provider');
SELECT kept_tenant_wall('service');
SELECT kept_tenant_wall('service_provider');
SELECT kept_tenant_wall('weekly_rule');
SELECT kept_tenant_wall('date_override');
