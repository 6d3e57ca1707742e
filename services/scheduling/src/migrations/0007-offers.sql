-- What a service can be: places, variants, extras, several people and rooms at once, groups. All columns are nullable or
-- have a constant default, so that no table is rewritten; checks on `service` hold for new rows first, then for all.

-- Where appointments take place. For a visit in person everybody is in one zone, so a booker need not be told of zones.
CREATE TABLE location (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  kind text NOT NULL CONSTRAINT location_is_in_person_phone_or_video CHECK (kind IN ('IN_PERSON', 'PHONE', 'VIDEO')),
  name text NOT NULL CONSTRAINT location_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  address text CONSTRAINT address_is_short CHECK (length(address) BETWEEN 1 AND 500),
  time_zone text,
  active boolean NOT NULL,
  version integer NOT NULL CONSTRAINT location_version_counts_from_one CHECK (version >= 1),
  created_at timestamptz NOT NULL,
  CONSTRAINT location_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT places_in_person_have_an_address CHECK ((kind = 'IN_PERSON') = (address IS NOT NULL))
);
CREATE INDEX location_by_name ON location (organization_id, name, id) WHERE active;

-- Names of staff live in identity; rooms and equipment are named here. With a capacity a resource is a pool of so many equal
-- things, counted by capacity_use and never in the arbiter.
ALTER TABLE resource
  ADD COLUMN name text,
  ADD COLUMN active boolean NOT NULL DEFAULT true,
  ADD COLUMN location_id uuid,
  ADD COLUMN capacity integer,
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  ADD CONSTRAINT staff_are_named_by_identity CHECK (kind <> 'STAFF' OR (name IS NULL AND capacity IS NULL AND location_id IS NULL)) NOT VALID,
  ADD CONSTRAINT resource_name_is_short CHECK (length(name) BETWEEN 1 AND 200) NOT VALID,
  ADD CONSTRAINT pool_has_two_to_a_thousand CHECK (capacity BETWEEN 2 AND 1000) NOT VALID,
  ADD CONSTRAINT resource_stands_in_our_location FOREIGN KEY (organization_id, location_id) REFERENCES location (organization_id, id) NOT VALID;
ALTER TABLE resource VALIDATE CONSTRAINT staff_are_named_by_identity;
ALTER TABLE resource VALIDATE CONSTRAINT resource_name_is_short;
ALTER TABLE resource VALIDATE CONSTRAINT pool_has_two_to_a_thousand;
ALTER TABLE resource VALIDATE CONSTRAINT resource_stands_in_our_location;

ALTER TABLE service
  ADD COLUMN version integer NOT NULL DEFAULT 1,
  -- More than one: a group session, whose seats are booked.
  ADD COLUMN capacity integer NOT NULL DEFAULT 1,
  ADD COLUMN approval_required boolean NOT NULL DEFAULT false,
  ADD COLUMN anonymous_requests boolean NOT NULL DEFAULT true,
  ADD COLUMN provider_choice text NOT NULL DEFAULT 'ROUND_ROBIN',
  -- For COLLECTIVE: how many of the providers must be there; null means all.
  ADD COLUMN providers_needed integer,
  ADD COLUMN fairness_window_days integer NOT NULL DEFAULT 30,
  ADD COLUMN no_show_fee_percent integer,
  ADD COLUMN no_show_fee_minor bigint,
  ADD COLUMN late_cancellation_fee_percent integer,
  ADD COLUMN late_cancellation_fee_minor bigint,
  ADD CONSTRAINT service_version_counts_from_one CHECK (version >= 1) NOT VALID,
  ADD CONSTRAINT service_has_one_to_500_seats CHECK (capacity BETWEEN 1 AND 500) NOT VALID,
  ADD CONSTRAINT provider_choice_is_known CHECK (provider_choice IN ('ROUND_ROBIN', 'COLLECTIVE')) NOT VALID,
  ADD CONSTRAINT only_collective_services_need_several CHECK (providers_needed IS NULL OR (provider_choice = 'COLLECTIVE' AND providers_needed BETWEEN 2 AND 20)) NOT VALID,
  ADD CONSTRAINT fairness_looks_a_day_to_a_year_ahead CHECK (fairness_window_days BETWEEN 1 AND 366) NOT VALID,
  ADD CONSTRAINT no_show_fee_is_percent_or_amount CHECK (num_nonnulls(no_show_fee_percent, no_show_fee_minor) <= 1
    AND no_show_fee_percent BETWEEN 1 AND 100 IS NOT FALSE AND no_show_fee_minor BETWEEN 1 AND price_minor IS NOT FALSE) NOT VALID,
  ADD CONSTRAINT late_cancellation_fee_is_percent_or_amount CHECK (num_nonnulls(late_cancellation_fee_percent, late_cancellation_fee_minor) <= 1
    AND late_cancellation_fee_percent BETWEEN 1 AND 100 IS NOT FALSE AND late_cancellation_fee_minor BETWEEN 1 AND price_minor IS NOT FALSE) NOT VALID;
ALTER TABLE service VALIDATE CONSTRAINT service_version_counts_from_one;
ALTER TABLE service VALIDATE CONSTRAINT service_has_one_to_500_seats;
ALTER TABLE service VALIDATE CONSTRAINT provider_choice_is_known;
ALTER TABLE service VALIDATE CONSTRAINT only_collective_services_need_several;
ALTER TABLE service VALIDATE CONSTRAINT fairness_looks_a_day_to_a_year_ahead;
ALTER TABLE service VALIDATE CONSTRAINT no_show_fee_is_percent_or_amount;
ALTER TABLE service VALIDATE CONSTRAINT late_cancellation_fee_is_percent_or_amount;

-- Another duration and price of a service. A variant is archived, never changed: bookings and offers may refer to it.
CREATE TABLE service_variant (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT variant_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  duration_minutes integer NOT NULL CONSTRAINT variant_lasts_minutes_to_a_day CHECK (duration_minutes BETWEEN 5 AND 1440),
  price_minor bigint NOT NULL CONSTRAINT variant_price_is_not_negative CHECK (price_minor BETWEEN 0 AND 1000000000000),
  deposit_minor bigint CONSTRAINT variant_deposit_is_part_of_the_price CHECK (deposit_minor > 0 AND deposit_minor <= price_minor),
  active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT variant_belongs_to_one_service UNIQUE (organization_id, service_id, id),
  CONSTRAINT variant_is_of_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE INDEX variant_by_service ON service_variant (service_id) WHERE active;

CREATE TABLE service_add_on (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT add_on_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  extra_minutes integer NOT NULL CONSTRAINT add_on_lasts_up_to_eight_hours CHECK (extra_minutes BETWEEN 0 AND 480),
  extra_price_minor bigint NOT NULL CONSTRAINT add_on_price_is_not_negative CHECK (extra_price_minor BETWEEN 0 AND 1000000000),
  active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT add_on_belongs_to_one_service UNIQUE (organization_id, service_id, id),
  CONSTRAINT add_on_is_of_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE INDEX add_on_by_service ON service_add_on (service_id) WHERE active;

CREATE TABLE service_location (
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  location_id uuid NOT NULL,
  PRIMARY KEY (service_id, location_id),
  CONSTRAINT located_service_is_ours FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id),
  CONSTRAINT service_location_is_ours FOREIGN KEY (organization_id, location_id) REFERENCES location (organization_id, id)
);

-- Rooms or devices that can take each other's place.
CREATE TABLE resource_group (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  name text NOT NULL CONSTRAINT group_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  version integer NOT NULL CONSTRAINT group_version_counts_from_one CHECK (version >= 1),
  created_at timestamptz NOT NULL,
  CONSTRAINT group_belongs_to_one_organization UNIQUE (organization_id, id)
);
CREATE TABLE resource_group_member (
  organization_id uuid NOT NULL,
  group_id uuid NOT NULL,
  resource_id uuid NOT NULL,
  PRIMARY KEY (group_id, resource_id),
  CONSTRAINT member_of_our_group FOREIGN KEY (organization_id, group_id) REFERENCES resource_group (organization_id, id),
  CONSTRAINT member_is_our_resource FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id)
);
CREATE INDEX resource_group_by_member ON resource_group_member (resource_id);

-- What a service needs beside its providers: one resource, all or n of a group, or n things of a pool.
CREATE TABLE resource_requirement (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  service_id uuid NOT NULL,
  group_id uuid,
  resource_id uuid,
  -- Null: all of the group. For a pool: how many things for each seat.
  needed integer CONSTRAINT requirement_needs_one_to_fifty CHECK (needed BETWEEN 1 AND 50),
  CONSTRAINT requirement_names_a_group_or_a_resource CHECK (num_nonnulls(group_id, resource_id) = 1),
  CONSTRAINT one_requirement_per_group UNIQUE (service_id, group_id),
  CONSTRAINT one_requirement_per_resource UNIQUE (service_id, resource_id),
  CONSTRAINT requirement_of_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id),
  CONSTRAINT required_group_is_ours FOREIGN KEY (organization_id, group_id) REFERENCES resource_group (organization_id, id),
  CONSTRAINT required_resource_is_ours FOREIGN KEY (organization_id, resource_id) REFERENCES resource (organization_id, id)
);

-- Nobody can need more than there is. The use cases answer kindly first, under the lock of the group.
CREATE FUNCTION requirement_fits_what_there_is() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed_requirement uuid;
  changed_group uuid;
BEGIN
  IF TG_TABLE_NAME = 'resource_requirement' THEN changed_requirement := NEW.id; ELSE changed_group := OLD.group_id; END IF;
  IF EXISTS (
    SELECT FROM resource_requirement q
    WHERE (q.id = changed_requirement OR q.group_id = changed_group)
      AND q.needed > CASE WHEN q.group_id IS NULL
        THEN (SELECT COALESCE(r.capacity, 1) FROM resource r WHERE r.id = q.resource_id)
        ELSE (SELECT count(*) FROM resource_group_member m WHERE m.group_id = q.group_id) END
  ) THEN
    RAISE EXCEPTION 'a service needs more than there is'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'requirement_fits_what_there_is', TABLE = 'resource_requirement';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER requirement_fits_what_there_is AFTER INSERT OR UPDATE ON resource_requirement
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION requirement_fits_what_there_is();
CREATE CONSTRAINT TRIGGER requirement_still_fits AFTER DELETE ON resource_group_member
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION requirement_fits_what_there_is();

SELECT kept_tenant_wall('location');
SELECT kept_tenant_wall('service_variant');
SELECT kept_tenant_wall('service_add_on');
SELECT kept_tenant_wall('service_location');
SELECT kept_tenant_wall('resource_group');
SELECT kept_tenant_wall('resource_group_member');
SELECT kept_tenant_wall('resource_requirement');
