-- When somebody is away or the business is closed, whatever the week says. The rows here are what people see and what the
-- engine reads; beside them stand rows of the arbiter (owner_kind 'block', the id as owner), so that an absence races a hold
-- as another hold would: one of the two has the time (decision 0022).

CREATE TABLE time_off (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  -- When it was said in whole local days, both included; the instants above are those days in the provider's zone.
  first_day date,
  last_day date,
  created_at timestamptz NOT NULL,
  CONSTRAINT time_off_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT time_off_lasts_at_most_a_year CHECK (ends_at - starts_at <= interval '367 days'),
  CONSTRAINT time_off_has_both_days_or_none CHECK ((first_day IS NULL) = (last_day IS NULL) AND first_day <= last_day IS NOT FALSE),
  CONSTRAINT time_off_is_of_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);
-- By its end: what lies ahead is asked for, and what is over is never read again.
CREATE INDEX time_off_by_provider ON time_off (provider_id, ends_at) INCLUDE (organization_id, starts_at);
CREATE INDEX time_off_by_end ON time_off (ends_at);

-- Holidays and blackouts of the whole business, in its own zone.
CREATE TABLE organization_closure (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  name text NOT NULL CONSTRAINT closure_has_a_name CHECK (length(name) BETWEEN 1 AND 200),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  first_day date,
  last_day date,
  created_at timestamptz NOT NULL,
  CONSTRAINT closure_ends_after_it_starts CHECK (ends_at > starts_at),
  CONSTRAINT closure_lasts_at_most_two_months CHECK (ends_at - starts_at <= interval '63 days'),
  CONSTRAINT closure_has_both_days_or_none CHECK ((first_day IS NULL) = (last_day IS NULL) AND first_day <= last_day IS NOT FALSE)
);
CREATE INDEX closure_by_time ON organization_closure (organization_id, starts_at) INCLUDE (ends_at);

SELECT kept_tenant_wall('time_off');
SELECT kept_tenant_wall('organization_closure');
