-- On which devices and from which countries a client has confirmed bookings: what is new is asked about (ADV-04).
CREATE TABLE client_habit (
  organization_id uuid NOT NULL REFERENCES organization (id),
  client_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT habit_kind_is_known CHECK (kind IN ('DEVICE', 'COUNTRY')),
  value text NOT NULL CONSTRAINT habit_is_an_id_or_a_country CHECK
    (CASE kind WHEN 'COUNTRY' THEN value ~ '^[A-Z]{2}$' ELSE value ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' END),
  seen_at timestamptz NOT NULL,
  CONSTRAINT one_habit_per_client_and_value PRIMARY KEY (client_id, kind, value)
);
CREATE INDEX client_habit_by_age ON client_habit (seen_at);
SELECT kept_tenant_wall('client_habit');
