-- Double entry, append only: every transaction sums to zero in every currency, is never empty, and is complete when
-- its database transaction ends. All of it enforced here, for every role.

CREATE TABLE ledger_transaction (
  id uuid NOT NULL CONSTRAINT ledger_transaction_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT ledger_transaction_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL,
  -- The operation, refund or payment that this is the effect of.
  cause_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT ledger_transaction_kind_is_known CHECK (kind IN ('AUTHORIZED', 'RELEASED', 'CAPTURED',
    'REFUND_REQUESTED', 'REFUND_SUCCEEDED', 'REFUND_FAILED', 'EARNED')),
  created_at timestamptz NOT NULL,
  -- Which database transaction wrote it; set by the trigger below, whatever the writer says.
  written_in xid8 NOT NULL,
  CONSTRAINT one_ledger_transaction_per_cause_and_kind UNIQUE (cause_id, kind)
);
CREATE INDEX ledger_transaction_by_time ON ledger_transaction (organization_id, created_at DESC, id DESC);
CREATE INDEX ledger_transaction_of_a_payment ON ledger_transaction (payment_id);

CREATE TABLE ledger_entry (
  transaction_id uuid NOT NULL CONSTRAINT ledger_entry_of_a_transaction REFERENCES ledger_transaction (id),
  organization_id uuid NOT NULL,
  account text NOT NULL CONSTRAINT ledger_account_is_known CHECK (account IN (
    'memo:customer_hold', 'memo:processor_hold', 'asset:processor_receivable', 'liability:deferred_revenue',
    'liability:refund_pending', 'revenue:service', 'contra:refunds')),
  currency char(3) NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT ledger_entry_is_not_zero CHECK (amount_minor <> 0),
  CONSTRAINT one_entry_per_account_and_currency PRIMARY KEY (transaction_id, account, currency)
);

-- An empty transaction would pass a check that only looks at entries, so both tables carry it.
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  looked_at uuid := CASE TG_TABLE_NAME WHEN 'ledger_entry' THEN to_jsonb(NEW) ->> 'transaction_id' ELSE to_jsonb(NEW) ->> 'id' END;
BEGIN
  IF (SELECT count(*) FROM ledger_entry WHERE transaction_id = looked_at) < 2
     OR EXISTS (SELECT FROM ledger_entry WHERE transaction_id = looked_at GROUP BY currency HAVING sum(amount_minor) <> 0)
  THEN
    RAISE EXCEPTION 'ledger transaction % does not balance', looked_at
      USING ERRCODE = 'check_violation', CONSTRAINT = 'every_ledger_transaction_sums_to_zero';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER every_ledger_transaction_sums_to_zero AFTER INSERT ON ledger_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();
CREATE CONSTRAINT TRIGGER every_ledger_transaction_sums_to_zero AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced();

CREATE FUNCTION note_writing_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written_in := pg_current_xact_id();
  RETURN NEW;
END $$;
CREATE TRIGGER note_writing_transaction BEFORE INSERT ON ledger_transaction
  FOR EACH ROW EXECUTE FUNCTION note_writing_transaction();

-- A balanced pair could otherwise be added to a transaction of last year.
CREATE FUNCTION refuse_later_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM ledger_transaction
    WHERE id = NEW.transaction_id AND organization_id = NEW.organization_id AND written_in = pg_current_xact_id())
  THEN
    RAISE EXCEPTION 'ledger transaction % is complete', NEW.transaction_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transaction_is_complete';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER refuse_later_entry BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_later_entry();

SELECT kept_append_only('ledger_transaction'), kept_append_only('ledger_entry');
SELECT kept_tenant_wall('ledger_transaction'), kept_tenant_wall('ledger_entry');
