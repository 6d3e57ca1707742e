-- Inbox of signed webhooks. Only the event's name: what happened is read back from the processor, never believed.
-- No organization is known before that, so this table stands outside the tenant wall and holds nobody's data.
CREATE TABLE processor_event (
  event_id text NOT NULL CONSTRAINT processor_event_arrives_once PRIMARY KEY,
  type text NOT NULL,
  state text NOT NULL DEFAULT 'PENDING' CONSTRAINT processor_event_state_is_known
    CHECK (state IN ('PENDING', 'DEFERRED', 'DONE', 'IGNORED', 'GIVEN_UP')),
  attempts integer NOT NULL DEFAULT 0,
  received_at timestamptz NOT NULL,
  next_try_at timestamptz NOT NULL
);
CREATE INDEX processor_event_due ON processor_event (next_try_at) WHERE state IN ('PENDING', 'DEFERRED');

-- [PAY-04] No text column of this service can hold a card number, with or without separators.
CREATE FUNCTION holds_no_card_number(words text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN words !~ '[0-9]([ .-]?[0-9]){12,}';

DO $$
DECLARE place record;
BEGIN
  FOR place IN
    SELECT c.relname AS table_name, a.attname AS column_name
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
      AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype)
      AND c.relname IN ('processor_customer', 'payment_method', 'booking_reference', 'payment', 'refund', 'payment_op',
        'money_notice', 'state_transition', 'ledger_transaction', 'ledger_entry', 'processor_event')
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (holds_no_card_number(%I))',
      place.table_name, place.column_name || '_holds_no_card_number', place.column_name);
  END LOOP;
END $$;
