-- The steps that payments, refunds and operations can take. The code checks so that people get a kind answer; these
-- triggers check so that it is true.

CREATE TABLE state_transition (
  machine text NOT NULL,
  source text NOT NULL,
  target text NOT NULL,
  CONSTRAINT transition_is_listed_once PRIMARY KEY (machine, source, target)
);
INSERT INTO state_transition (machine, source, target) VALUES
  ('payment', 'CREATED', 'AUTHORIZING'),
  ('payment', 'AUTHORIZING', 'REQUIRES_ACTION'),
  ('payment', 'AUTHORIZING', 'AUTHORIZED'),
  ('payment', 'AUTHORIZING', 'FAILED'),
  ('payment', 'REQUIRES_ACTION', 'AUTHORIZED'),
  ('payment', 'REQUIRES_ACTION', 'FAILED'),
  ('payment', 'REQUIRES_ACTION', 'ABANDONED'),
  ('payment', 'AUTHORIZED', 'CONFIRMED'),
  ('payment', 'AUTHORIZED', 'VOIDING'),
  ('payment', 'AUTHORIZED', 'AUTH_EXPIRED'),
  ('payment', 'CONFIRMED', 'CAPTURING'),
  ('payment', 'CONFIRMED', 'VOIDING'),
  ('payment', 'CONFIRMED', 'AUTH_EXPIRED'),
  ('payment', 'CAPTURING', 'CAPTURED'),
  -- A definitive failure of the capture: the reservation is still there.
  ('payment', 'CAPTURING', 'CONFIRMED'),
  ('payment', 'VOIDING', 'VOIDED'),
  ('refund', 'REQUESTED', 'PENDING'),
  ('refund', 'REQUESTED', 'SUCCEEDED'),
  ('refund', 'REQUESTED', 'FAILED'),
  ('refund', 'REQUESTED', 'CANCELED'),
  ('refund', 'PENDING', 'SUCCEEDED'),
  ('refund', 'PENDING', 'FAILED'),
  ('refund', 'PENDING', 'CANCELED'),
  -- The bank sent it back after all.
  ('refund', 'SUCCEEDED', 'FAILED'),
  ('op', 'REQUESTED', 'DONE'),
  ('op', 'REQUESTED', 'REJECTED'),
  ('op', 'REQUESTED', 'UNKNOWN'),
  ('op', 'UNKNOWN', 'DONE'),
  ('op', 'UNKNOWN', 'REJECTED');
-- The machine is part of the schema: nobody adds a step but a migration that first takes this trigger away.
CREATE TRIGGER only_migrations_add BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON state_transition
  FOR EACH STATEMENT EXECUTE FUNCTION kept_refuse_change();

CREATE FUNCTION refuse_unknown_step(machine_name text, from_state text, to_state text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF from_state <> to_state AND NOT EXISTS (
    SELECT FROM state_transition WHERE machine = machine_name AND source = from_state AND target = to_state)
  THEN
    RAISE EXCEPTION '% cannot go from % to %', machine_name, from_state, to_state
      USING ERRCODE = 'check_violation', CONSTRAINT = machine_name || '_takes_only_known_steps';
  END IF;
END $$;

CREATE FUNCTION refuse_unknown_start(machine_name text, state text, start text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF state <> start THEN
    RAISE EXCEPTION '% begins as %', machine_name, start
      USING ERRCODE = 'check_violation', CONSTRAINT = machine_name || '_takes_only_known_steps';
  END IF;
END $$;

CREATE FUNCTION guard_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_unknown_start('payment', NEW.status, 'CREATED');
    RETURN NEW;
  END IF;
  PERFORM refuse_unknown_step('payment', OLD.status, NEW.status);
  IF (NEW.organization_id, NEW.booking_id, NEW.client_id, NEW.hold_id, NEW.purpose, NEW.amount_minor, NEW.currency, NEW.exponent)
     IS DISTINCT FROM
     (OLD.organization_id, OLD.booking_id, OLD.client_id, OLD.hold_id, OLD.purpose, OLD.amount_minor, OLD.currency, OLD.exponent)
  THEN
    RAISE EXCEPTION 'what was agreed does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER takes_only_known_steps BEFORE INSERT OR UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION guard_payment();

CREATE FUNCTION guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_unknown_start('refund', NEW.status, 'REQUESTED');
    RETURN NEW;
  END IF;
  PERFORM refuse_unknown_step('refund', OLD.status, NEW.status);
  IF (NEW.payment_id, NEW.amount_minor, NEW.cause) IS DISTINCT FROM (OLD.payment_id, OLD.amount_minor, OLD.cause) THEN
    RAISE EXCEPTION 'what was agreed does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER takes_only_known_steps BEFORE INSERT OR UPDATE ON refund FOR EACH ROW EXECUTE FUNCTION guard_refund();

CREATE FUNCTION guard_payment_op() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_unknown_start('op', NEW.state, 'REQUESTED');
    RETURN NEW;
  END IF;
  PERFORM refuse_unknown_step('op', OLD.state, NEW.state);
  IF (NEW.payment_id, NEW.kind, NEW.attempt, NEW.amount_minor, NEW.refund_id)
     IS DISTINCT FROM (OLD.payment_id, OLD.kind, OLD.attempt, OLD.amount_minor, OLD.refund_id) THEN
    RAISE EXCEPTION 'what was sent does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_agreed_does_not_change';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER takes_only_known_steps BEFORE INSERT OR UPDATE ON payment_op
  FOR EACH ROW EXECUTE FUNCTION guard_payment_op();
