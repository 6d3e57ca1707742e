-- The whole of the books: what the processor keeps for itself, what it pays out, what banks take back, what a client
-- who does not come leaves behind, tips, taxes and discounts; what reconciliation found; what a receipt says.
ALTER TABLE ledger_transaction
  DROP CONSTRAINT ledger_transaction_kind_is_known,
  ADD CONSTRAINT ledger_transaction_kind_is_known CHECK (kind IN ('AUTHORIZED', 'RELEASED', 'CAPTURED',
    'REFUND_REQUESTED', 'REFUND_SUCCEEDED', 'REFUND_FAILED', 'EARNED', 'FORFEITED', 'TAXED', 'FEE_CHARGED',
    'DISPUTE_OPENED', 'DISPUTE_WON', 'DISPUTE_LOST', 'PAID_OUT')),
  -- What the processor pays out is the sum of many payments.
  ALTER COLUMN payment_id DROP NOT NULL,
  ADD CONSTRAINT only_a_payout_is_about_no_payment CHECK ((kind = 'PAID_OUT') = (payment_id IS NULL));
ALTER TABLE ledger_entry
  DROP CONSTRAINT ledger_account_is_known,
  ADD CONSTRAINT ledger_account_is_known CHECK (account IN (
    'memo:customer_hold', 'memo:processor_hold', 'asset:processor_receivable', 'asset:bank', 'asset:dispute_reserve',
    'liability:deferred_revenue', 'liability:refund_pending', 'liability:tax', 'revenue:service', 'revenue:no_show',
    'revenue:tips', 'contra:refunds', 'contra:discounts', 'expense:processor_fees', 'expense:chargeback'));

-- How an organization keeps its books: when its months begin. Learned with the organization; UTC until then.
CREATE TABLE organization_books (
  organization_id uuid NOT NULL CONSTRAINT books_of_an_organization_are_kept_once PRIMARY KEY
    CONSTRAINT books_of_an_organization REFERENCES organization (id),
  time_zone text NOT NULL DEFAULT 'UTC'
);

-- What a receipt says: the lines sum to what was taken. Written with the capture, never changed.
CREATE TABLE payment_line (
  id uuid NOT NULL CONSTRAINT payment_line_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_line_of_an_organization REFERENCES organization (id),
  payment_id uuid NOT NULL CONSTRAINT payment_line_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  kind text NOT NULL CONSTRAINT payment_line_kind_is_known CHECK (kind IN ('ITEM', 'DISCOUNT', 'TAX', 'TIP')),
  amount_minor bigint NOT NULL CONSTRAINT only_a_discount_takes_away CHECK ((kind = 'DISCOUNT') = (amount_minor < 0)),
  tax_basis_points integer CONSTRAINT only_tax_has_a_rate CHECK ((kind = 'TAX') = (tax_basis_points IS NOT NULL))
    CONSTRAINT tax_is_a_percentage CHECK (tax_basis_points BETWEEN 1 AND 10000),
  created_at timestamptz NOT NULL,
  CONSTRAINT one_line_per_payment_and_kind UNIQUE (payment_id, kind)
);
CREATE FUNCTION refuse_lines_that_do_not_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT sum(amount_minor) FROM payment_line WHERE payment_id = NEW.payment_id)
     IS DISTINCT FROM (SELECT captured_minor FROM payment WHERE id = NEW.payment_id)
  THEN
    RAISE EXCEPTION 'the lines of payment % are not what was taken', NEW.payment_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'lines_of_a_receipt_sum_to_what_was_taken';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER lines_of_a_receipt_sum_to_what_was_taken AFTER INSERT ON payment_line
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_lines_that_do_not_add_up();
-- Lines go with their payment, so rows may be deleted; none is ever changed.
CREATE FUNCTION refuse_changed_line() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a line of a receipt does not change'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
END $$;
CREATE TRIGGER lines_do_not_change BEFORE UPDATE ON payment_line FOR EACH ROW EXECUTE FUNCTION refuse_changed_line();
-- The part of a refund that is tax: what is owed to the state falls by it.
ALTER TABLE refund ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0
  CONSTRAINT tax_of_a_refund_is_part_of_it CHECK (tax_minor BETWEEN 0 AND amount_minor);

-- What reconciliation cannot put right by itself; somebody of the organization says what became of it.
CREATE TABLE payment_incident (
  id uuid NOT NULL CONSTRAINT payment_incident_has_one_id PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT payment_incident_of_an_organization REFERENCES organization (id),
  kind text NOT NULL CONSTRAINT payment_incident_kind_is_known CHECK (kind IN ('MISSING_LOCAL', 'MISSING_PROCESSOR',
    'STATE', 'AMOUNT', 'CURRENCY', 'ORPHAN_AUTHORIZATION', 'DUPLICATE_AUTHORIZATION', 'REFUND_OUTSIDE', 'INVARIANT')),
  -- What it is about, in a way that the same trouble is found again: a payment's id, or one that was made of a reference.
  subject_id uuid NOT NULL,
  payment_id uuid CONSTRAINT payment_incident_of_a_payment REFERENCES payment (id) ON DELETE CASCADE,
  -- Codes and amounts: what the books say, and what the processor says.
  ours text NOT NULL,
  theirs text NOT NULL,
  opened_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  resolved_at timestamptz,
  resolved_by uuid,
  resolution text CONSTRAINT resolution_is_known CHECK (resolution IN ('CORRECTED_AT_PROCESSOR', 'BOOKED_ELSEWHERE',
    'NOT_OURS', 'ACCEPTED_LOSS', 'NO_LONGER_SO')),
  -- By itself alone when it is no longer so; else somebody answers for it.
  CONSTRAINT resolved_incident_says_how CHECK ((resolved_at IS NULL) = (resolution IS NULL)
    AND (resolved_by IS NULL) = (resolution IS NULL OR resolution = 'NO_LONGER_SO'))
);
CREATE UNIQUE INDEX one_open_incident_per_kind_and_subject ON payment_incident (organization_id, kind, subject_id)
  WHERE resolved_at IS NULL;
CREATE INDEX payment_incident_by_time ON payment_incident (organization_id, opened_at DESC, id DESC);

-- When an operation was last found in the processor's own list, by the id of ours in its metadata.
CREATE TABLE reconciled_op (
  op_id uuid NOT NULL CONSTRAINT op_is_reconciled_in_one_row PRIMARY KEY
    CONSTRAINT reconciled_op_is_known REFERENCES payment_op (id) ON DELETE CASCADE,
  organization_id uuid NOT NULL CONSTRAINT reconciled_op_of_an_organization REFERENCES organization (id),
  reconciled_at timestamptz NOT NULL
);
CREATE INDEX payment_op_by_sending ON payment_op (organization_id, first_sent_at, id)
  WHERE state = 'DONE' AND kind IN ('AUTHORIZE', 'REFUND');
-- How far a run has come: the processor's lists are of its account, not of one organization, so this stands outside the
-- wall and holds times and counts alone. A run that died goes on at `reached`.
CREATE TABLE reconciliation_run (
  id uuid NOT NULL CONSTRAINT reconciliation_run_has_one_id PRIMARY KEY,
  scope text NOT NULL CONSTRAINT reconciliation_scope_is_known CHECK (scope IN ('WINDOW', 'FULL')),
  state text NOT NULL DEFAULT 'RUNNING' CONSTRAINT reconciliation_state_is_known CHECK (state IN ('RUNNING', 'DONE')),
  period_from timestamptz NOT NULL,
  period_to timestamptz NOT NULL,
  -- Everything that the processor made before this instant has been looked at.
  reached timestamptz NOT NULL,
  -- Whoever works on it keeps others away until then; when they die, the next one goes on.
  leased_until timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  looked_at integer NOT NULL DEFAULT 0,
  repaired integer NOT NULL DEFAULT 0,
  incidents integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_reconciliation_at_a_time ON reconciliation_run (scope) WHERE state = 'RUNNING';
CREATE INDEX reconciliation_run_by_time ON reconciliation_run (scope, started_at DESC);

DO $$
DECLARE place record;
BEGIN
  FOR place IN
    SELECT c.relname AS table_name, a.attname AS column_name
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'text'::regtype
      AND c.relname IN ('organization_books', 'payment_line', 'payment_incident', 'reconciliation_run')
  LOOP
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (holds_no_card_number(%I))',
      place.table_name, place.column_name || '_holds_no_card_number', place.column_name);
  END LOOP;
END $$;
SELECT kept_tenant_wall(name::regclass) FROM unnest(ARRAY['organization_books', 'payment_line', 'payment_incident',
  'reconciled_op']) AS name;
