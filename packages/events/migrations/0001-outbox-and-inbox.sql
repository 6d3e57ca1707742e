-- What this service tells others (outbox) and has heard from others (inbox).
-- No row-level security on these four tables: the relay takes events of all organizations in one batch, and the inbox learns
-- whose event it is only by reading it. They hold ids, times, amounts and states; handlers run behind the tenant wall, with
-- the organization of the event set.

CREATE TABLE outbox (
  id uuid CONSTRAINT outbox_event_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  payload jsonb NOT NULL,
  -- PostgreSQL's clock, here and in everything about delivery: all relays of a service share it, whatever their machines think.
  occurred_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_by_age ON outbox (occurred_at);

-- One row per service that must hear of an event; it is delivered when that service has said so, not when it was sent.
CREATE TABLE outbox_delivery (
  event_id uuid NOT NULL CONSTRAINT delivery_of_an_event REFERENCES outbox ON DELETE CASCADE,
  consumer text NOT NULL,
  -- Only for a sensible order; gaps and overtaking are normal.
  position bigint GENERATED ALWAYS AS IDENTITY,
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT '-infinity',
  acknowledged_at timestamptz,
  CONSTRAINT one_delivery_per_event_and_consumer PRIMARY KEY (event_id, consumer)
);
CREATE INDEX outbox_delivery_due ON outbox_delivery (due_at, position) WHERE acknowledged_at IS NULL;

-- The claim: whoever inserts the row handles the event, in the same transaction. It stays longer than the event can come again.
CREATE TABLE inbox (
  event_id uuid CONSTRAINT event_is_handled_once PRIMARY KEY,
  organization_id uuid NOT NULL,
  name text NOT NULL,
  publisher text NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_by_age ON inbox (handled_at);

-- Events that could not be handled (yet). Their publisher keeps them and sends them again; this is what people look at.
CREATE TABLE inbox_trouble (
  event_id uuid CONSTRAINT one_trouble_per_event PRIMARY KEY,
  organization_id uuid NOT NULL,
  name text NOT NULL,
  version integer NOT NULL,
  publisher text NOT NULL,
  reason text NOT NULL CONSTRAINT trouble_has_a_known_reason
    CHECK (reason IN ('HANDLER_FAILED', 'UNKNOWN_EVENT', 'NO_HANDLER', 'TOO_OLD')),
  attempts integer NOT NULL DEFAULT 1,
  parked boolean NOT NULL,
  first_at timestamptz NOT NULL DEFAULT now(),
  last_at timestamptz NOT NULL DEFAULT now()
);
