-- Training: who on the staff has learned what, and who was let in without it, by whom. People are random references.

CREATE TABLE training_member (
  staff_member_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  joined_at timestamptz NOT NULL,
  left_at timestamptz,
  CONSTRAINT one_row_per_member_of_staff PRIMARY KEY (organization_id, staff_member_id)
);
SELECT kept_tenant_wall('training_member');

-- One go at the questions of a module. Which questions, and in which order their answers stand, follows from the id.
CREATE TABLE training_attempt (
  id uuid NOT NULL CONSTRAINT training_attempt_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  staff_member_id uuid NOT NULL,
  module text NOT NULL,
  version integer NOT NULL,
  content_hash text NOT NULL CONSTRAINT training_content_hash_is_sha256 CHECK (content_hash ~ '^[0-9a-f]{64}$'),
  started_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  answered_at timestamptz,
  right_answers integer,
  questions integer NOT NULL,
  passed boolean,
  CONSTRAINT answered_attempt_has_a_score CHECK
    ((answered_at IS NULL) = (right_answers IS NULL) AND (answered_at IS NULL) = (passed IS NULL)),
  CONSTRAINT training_is_answered_in_time CHECK (answered_at <= expires_at),
  CONSTRAINT score_is_no_higher_than_the_questions CHECK (right_answers BETWEEN 0 AND questions)
);
CREATE INDEX training_attempt_by_person ON training_attempt (organization_id, staff_member_id, started_at);
CREATE INDEX training_attempt_by_age ON training_attempt (organization_id, started_at, id);
SELECT kept_tenant_wall('training_attempt');

-- Letting somebody in before they are trained takes two others, and lasts two weeks at most.
CREATE TABLE training_waiver (
  id uuid NOT NULL CONSTRAINT training_waiver_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  staff_member_id uuid NOT NULL,
  module text NOT NULL,
  reason text NOT NULL CONSTRAINT waiver_reason_is_known CHECK (reason IN ('TRAINED_ELSEWHERE', 'NOBODY_ELSE_ON_DUTY', 'CANNOT_TAKE_IT_HERE')),
  days integer NOT NULL CONSTRAINT a_waiver_lasts_two_weeks_at_most CHECK (days BETWEEN 1 AND 14),
  requested_by uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  approved_by uuid,
  approved_at timestamptz,
  CONSTRAINT nobody_waives_their_own_training CHECK (approved_by <> staff_member_id),
  CONSTRAINT a_waiver_takes_two_people CHECK (approved_by <> requested_by),
  CONSTRAINT approved_waiver_has_a_time CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
  CONSTRAINT a_waiver_is_approved_in_time CHECK (approved_at <= expires_at)
);
CREATE INDEX training_waiver_by_age ON training_waiver (organization_id, requested_at, id);
SELECT kept_tenant_wall('training_waiver');

CREATE TABLE training_record (
  id uuid NOT NULL CONSTRAINT training_record_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  staff_member_id uuid NOT NULL,
  module text NOT NULL,
  version integer NOT NULL,
  content_hash text NOT NULL,
  kind text NOT NULL CONSTRAINT training_record_kind_is_known CHECK (kind IN ('PASSED', 'WAIVED')),
  attempt_id uuid CONSTRAINT one_record_per_attempt UNIQUE,
  waiver_id uuid CONSTRAINT one_record_per_waiver UNIQUE,
  recorded_at timestamptz NOT NULL,
  valid_until timestamptz NOT NULL,
  CONSTRAINT a_record_rests_on_an_attempt_or_a_waiver CHECK
    ((kind = 'PASSED') = (attempt_id IS NOT NULL) AND (kind = 'WAIVED') = (waiver_id IS NOT NULL)),
  CONSTRAINT a_waived_training_is_valid_for_two_weeks CHECK
    (kind <> 'WAIVED' OR valid_until <= recorded_at + interval '336 hours'),
  CONSTRAINT training_is_valid_for_a_year CHECK (valid_until > recorded_at AND valid_until <= recorded_at + interval '366 days')
);
CREATE INDEX training_record_by_person ON training_record (organization_id, staff_member_id, recorded_at);
CREATE INDEX training_record_by_age ON training_record (organization_id, recorded_at, id);
SELECT kept_tenant_wall('training_record');

-- Evidence: what was learned stays as it was written; only retention takes it away.
CREATE FUNCTION training_records_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND coalesce(current_setting('kept.retention_rule', true), '') <> '' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a training record stays as it was written: % is refused', TG_OP
    USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'training_records_only_grow';
END $$;
CREATE TRIGGER training_records_only_grow BEFORE UPDATE OR DELETE ON training_record
  FOR EACH ROW EXECUTE FUNCTION training_records_only_grow();
