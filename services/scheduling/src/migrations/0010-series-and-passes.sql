-- Appointments that repeat, and what was paid for in advance: a series with what became of each of its times; passes with a
-- counter that cannot pass its end (decision 0023).

CREATE TABLE booking_series (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  service_id uuid NOT NULL,
  rule text NOT NULL CONSTRAINT series_rule_is_short CHECK (length(rule) BETWEEN 1 AND 200),
  time_zone text NOT NULL,
  version integer NOT NULL CONSTRAINT series_version_counts_from_one CHECK (version >= 1),
  starts_at timestamptz NOT NULL,
  -- The end of its last appointment, from which it is kept for two years.
  ends_at timestamptz NOT NULL CONSTRAINT series_ends_after_it_starts CHECK (ends_at > starts_at),
  created_at timestamptz NOT NULL,
  CONSTRAINT series_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT series_of_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id),
  CONSTRAINT series_of_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);
CREATE INDEX series_by_client ON booking_series (client_id, created_at) INCLUDE (organization_id);
CREATE INDEX series_by_end ON booking_series (ends_at);

CREATE TABLE series_occurrence (
  organization_id uuid NOT NULL,
  series_id uuid NOT NULL,
  position integer NOT NULL CONSTRAINT series_has_at_most_104_occurrences CHECK (position BETWEEN 1 AND 104),
  -- Where the rule puts it; the booking may have been moved since.
  planned_at timestamptz NOT NULL,
  booking_id uuid,
  -- Why it was not booked.
  reason text,
  CONSTRAINT an_occurrence_is_booked_or_says_why_not CHECK ((booking_id IS NULL) = (reason IS NOT NULL)),
  CONSTRAINT one_occurrence_per_position PRIMARY KEY (series_id, position),
  CONSTRAINT one_series_per_booking UNIQUE (booking_id),
  CONSTRAINT occurrence_of_our_series FOREIGN KEY (organization_id, series_id)
    REFERENCES booking_series (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT occurrence_is_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);

-- What is sold: so many appointments of some services, within so many days. A product is retired, never changed, so that a
-- pass holds what it promised.
CREATE TABLE pass_product (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  name text NOT NULL CONSTRAINT pass_product_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  credits integer NOT NULL CONSTRAINT pass_has_one_to_a_thousand_credits CHECK (credits BETWEEN 1 AND 1000),
  validity_days integer NOT NULL CONSTRAINT pass_is_valid_for_a_day_to_five_years CHECK (validity_days BETWEEN 1 AND 1830),
  active boolean NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT pass_product_belongs_to_one_organization UNIQUE (organization_id, id)
);
CREATE TABLE pass_product_service (
  organization_id uuid NOT NULL,
  product_id uuid NOT NULL,
  service_id uuid NOT NULL,
  CONSTRAINT a_product_covers_a_service_once PRIMARY KEY (product_id, service_id),
  CONSTRAINT covered_by_our_product FOREIGN KEY (organization_id, product_id) REFERENCES pass_product (organization_id, id),
  CONSTRAINT covered_service_is_ours FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id)
);

CREATE TABLE pass (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  client_id uuid NOT NULL,
  product_id uuid NOT NULL,
  credits integer NOT NULL,
  used integer NOT NULL,
  time_zone text NOT NULL,
  -- Local midnight after its last day: appointments that start before it are covered.
  valid_until timestamptz NOT NULL,
  granted_by uuid NOT NULL,
  granted_at timestamptz NOT NULL,
  CONSTRAINT credits_used_stay_within_the_pass CHECK (used BETWEEN 0 AND credits),
  CONSTRAINT pass_ends_after_it_was_granted CHECK (valid_until > granted_at),
  CONSTRAINT pass_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT pass_of_our_product FOREIGN KEY (organization_id, product_id) REFERENCES pass_product (organization_id, id)
);
CREATE INDEX pass_by_client ON pass (client_id, valid_until) INCLUDE (organization_id);
CREATE INDEX pass_by_end ON pass (valid_until);

CREATE TABLE pass_redemption (
  booking_id uuid CONSTRAINT one_redemption_per_booking PRIMARY KEY,
  organization_id uuid NOT NULL,
  pass_id uuid NOT NULL,
  redeemed_at timestamptz NOT NULL,
  returned_at timestamptz CONSTRAINT a_credit_comes_back_after_it_was_used CHECK (returned_at >= redeemed_at),
  CONSTRAINT redeemed_from_our_pass FOREIGN KEY (organization_id, pass_id) REFERENCES pass (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT redeemed_for_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX pass_redemption_by_pass ON pass_redemption (pass_id, redeemed_at);

-- Whatever writes a redemption moves the counter with it, in the same statement: nobody can forget it. The CHECK above then
-- lets the last credit be used once, however many try.
CREATE FUNCTION count_pass_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE pass SET used = used + 1 WHERE id = NEW.pass_id;
  ELSIF OLD.returned_at IS NULL AND NEW.returned_at IS NOT NULL AND OLD.pass_id = NEW.pass_id THEN
    UPDATE pass SET used = used - 1 WHERE id = NEW.pass_id;
  ELSE
    RAISE EXCEPTION 'a redemption changes once: its credit is given back'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'a_credit_comes_back_once', TABLE = 'pass_redemption';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_pass_credits AFTER INSERT OR UPDATE ON pass_redemption
  FOR EACH ROW EXECUTE FUNCTION count_pass_credits();

SELECT kept_tenant_wall('booking_series');
SELECT kept_tenant_wall('series_occurrence');
SELECT kept_tenant_wall('pass_product');
SELECT kept_tenant_wall('pass_product_service');
SELECT kept_tenant_wall('pass');
SELECT kept_tenant_wall('pass_redemption');
