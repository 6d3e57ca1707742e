-- Break-glass (45 CFR 164.312(a)(2)(ii)): who read beyond their role, why, until when, and what somebody else thought of it.
CREATE TABLE emergency_access (
  id uuid NOT NULL CONSTRAINT emergency_access_id_is_unique PRIMARY KEY,
  organization_id uuid NOT NULL,
  account_id uuid NOT NULL,
  session_id uuid NOT NULL,
  reason bytea,
  started_at timestamptz NOT NULL,
  until timestamptz NOT NULL,
  ended_at timestamptz,
  review_due_at timestamptz NOT NULL,
  reminded_at timestamptz,
  reviewed_at timestamptz,
  reviewed_by uuid,
  finding text CONSTRAINT review_finding_is_known CHECK (finding IN ('JUSTIFIED', 'UNJUSTIFIED')),
  remark bytea,
  CONSTRAINT emergency_access_lasts_at_most_an_hour CHECK (until > started_at AND until <= started_at + interval '60 minutes'),
  CONSTRAINT emergency_access_ends_after_it_began CHECK (ended_at >= started_at),
  CONSTRAINT emergency_access_is_reviewed_in_three_days CHECK (review_due_at = started_at + interval '72 hours'),
  CONSTRAINT review_is_whole CHECK (
    (reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (finding IS NULL)
    AND (remark IS NULL OR reviewed_at IS NOT NULL)),
  CONSTRAINT nobody_reviews_their_own_emergency_access CHECK (reviewed_by <> account_id),
  CONSTRAINT emergency_access_of_an_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX one_emergency_access_at_a_time ON emergency_access (session_id) WHERE ended_at IS NULL;
CREATE INDEX emergency_access_by_start ON emergency_access (organization_id, started_at DESC, id);
CREATE INDEX emergency_access_by_account ON emergency_access (account_id, review_due_at) WHERE reviewed_at IS NULL;
CREATE INDEX emergency_access_without_review ON emergency_access (organization_id, started_at) WHERE reviewed_at IS NULL;
SELECT kept_tenant_wall('emergency_access');

-- What was claimed at the start stays; an end is only ever earlier, a review is said once.
CREATE FUNCTION emergency_access_keeps_its_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.id, OLD.organization_id, OLD.account_id, OLD.session_id, OLD.started_at, OLD.until, OLD.review_due_at)
      IS DISTINCT FROM (NEW.id, NEW.organization_id, NEW.account_id, NEW.session_id, NEW.started_at, NEW.until, NEW.review_due_at)
    OR (NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason IS NOT NULL)
    OR (NEW.remark IS DISTINCT FROM OLD.remark AND NEW.remark IS NOT NULL AND OLD.reviewed_at IS NOT NULL)
    OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    OR (OLD.reviewed_at IS NOT NULL
      AND (NEW.reviewed_at, NEW.reviewed_by, NEW.finding) IS DISTINCT FROM (OLD.reviewed_at, OLD.reviewed_by, OLD.finding)) THEN
    RAISE EXCEPTION 'an emergency access stays as it was written'
      USING ERRCODE = 'insufficient_privilege', CONSTRAINT = 'emergency_access_keeps_its_history';
  END IF;
  IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
    INSERT INTO access_withdrawal (kind, id) VALUES ('EMERGENCY', NEW.id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER emergency_access_keeps_its_history BEFORE UPDATE ON emergency_access
  FOR EACH ROW EXECUTE FUNCTION emergency_access_keeps_its_history();
