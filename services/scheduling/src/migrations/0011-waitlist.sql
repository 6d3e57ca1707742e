-- Who waits for a time that is taken, and what was offered to whom. An offer is a real hold, so the arbiter decides it like
-- any other; what stands here is whose turn it was (decision 0023).

CREATE TABLE waitlist_entry (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  service_id uuid NOT NULL,
  -- Null: anybody who offers the service.
  provider_id uuid,
  seats integer NOT NULL CONSTRAINT waiting_for_one_to_a_thousand_seats CHECK (seats BETWEEN 1 AND 1000),
  -- The wall on which days and times below are read.
  time_zone text NOT NULL,
  -- The time of day at which the appointment may start, in minutes after midnight.
  earliest_minute smallint NOT NULL CONSTRAINT waiting_from_within_a_day CHECK (earliest_minute BETWEEN 0 AND 1439),
  latest_minute smallint NOT NULL CONSTRAINT waiting_until_later_that_day CHECK (latest_minute > earliest_minute AND latest_minute <= 1440),
  status text NOT NULL CONSTRAINT waitlist_status_is_known CHECK (status IN ('WAITING', 'OFFERED', 'BOOKED', 'LEFT', 'ENDED')),
  version integer NOT NULL CONSTRAINT entry_version_counts_from_one CHECK (version >= 1),
  -- The order of turns: since when it waits without having let an offer lapse.
  turn_since timestamptz NOT NULL,
  lapses integer NOT NULL CONSTRAINT an_entry_lets_three_offers_lapse CHECK (lapses BETWEEN 0 AND 3),
  joined_at timestamptz NOT NULL,
  -- The end of its last window.
  ends_at timestamptz NOT NULL CONSTRAINT entry_ends_after_it_began CHECK (ends_at > joined_at),
  CONSTRAINT entry_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT waiting_for_our_service FOREIGN KEY (organization_id, service_id) REFERENCES service (organization_id, id),
  CONSTRAINT waiting_for_our_provider FOREIGN KEY (organization_id, provider_id) REFERENCES provider (organization_id, id)
);
CREATE INDEX waiting_entry_by_turn ON waitlist_entry (organization_id, turn_since, id) WHERE (status IN ('WAITING', 'OFFERED'));
CREATE INDEX waitlist_entry_by_client ON waitlist_entry (client_id, joined_at) INCLUDE (organization_id);
CREATE INDEX waitlist_entry_by_end ON waitlist_entry (ends_at);

-- The days on which an entry's appointment may be, both included.
CREATE TABLE waitlist_window (
  organization_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  from_date date NOT NULL,
  to_date date NOT NULL,
  CONSTRAINT window_ends_after_it_starts CHECK (to_date >= from_date),
  CONSTRAINT one_window_per_first_day PRIMARY KEY (entry_id, from_date),
  CONSTRAINT window_of_our_entry FOREIGN KEY (organization_id, entry_id)
    REFERENCES waitlist_entry (organization_id, id) ON DELETE CASCADE
);

CREATE TABLE waitlist_offer (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  hold_id uuid NOT NULL,
  booking_id uuid NOT NULL CONSTRAINT one_offer_per_booking UNIQUE,
  provider_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  status text NOT NULL CONSTRAINT waitlist_offer_status_is_known CHECK (status IN ('OPEN', 'ACCEPTED', 'DECLINED', 'LAPSED')),
  offered_at timestamptz NOT NULL,
  answer_by timestamptz NOT NULL CONSTRAINT offers_leave_time_to_answer CHECK (answer_by > offered_at),
  settled_at timestamptz,
  CONSTRAINT open_offers_are_not_settled CHECK ((status = 'OPEN') = (settled_at IS NULL)),
  CONSTRAINT offers_end_before_the_appointment CHECK (answer_by <= starts_at),
  -- Nobody is asked twice about the same time.
  CONSTRAINT one_offer_per_entry_and_time UNIQUE (entry_id, provider_id, starts_at),
  CONSTRAINT offer_to_our_entry FOREIGN KEY (organization_id, entry_id)
    REFERENCES waitlist_entry (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT offered_booking_is_ours FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_open_offer_per_entry ON waitlist_offer (entry_id) WHERE (status = 'OPEN');
CREATE INDEX open_offer_by_deadline ON waitlist_offer (answer_by) WHERE (status = 'OPEN');

SELECT kept_tenant_wall('waitlist_entry');
SELECT kept_tenant_wall('waitlist_window');
SELECT kept_tenant_wall('waitlist_offer');
