-- Taking the second factor off an account ends its other sessions; the row says so.
ALTER TABLE session
  DROP CONSTRAINT session_end_reason_is_known,
  ADD CONSTRAINT session_end_reason_is_known
    CHECK (end_reason IN ('SIGNED_OUT', 'TOKEN_REUSED', 'REPLACED', 'EXPIRED', 'FACTOR_REMOVED'));
