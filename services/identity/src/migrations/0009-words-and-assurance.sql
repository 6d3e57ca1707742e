-- The words of everything that identity is about to know, in one place; and how strong a session's sign-in was.

ALTER TABLE auth_flow
  DROP CONSTRAINT flow_kind_is_one_of_four,
  DROP CONSTRAINT flow_state_is_known,
  ADD CONSTRAINT flow_is_of_a_known_kind CHECK (kind IN ('CONFIRM_ADDRESS', 'SIGN_IN', 'ENROL', 'GUEST', 'STEP_UP',
    'CHANGE_PASSWORD', 'RESET_PASSWORD', 'UNLOCK', 'INVITATION', 'PASSKEY_SIGN_IN', 'PASSKEY_ENROL', 'CONFIRM_PHONE')) NOT VALID,
  ADD CONSTRAINT flow_state_is_known CHECK (state IN ('AWAITING_CODE', 'AWAITING_FACTOR', 'AWAITING_ENROLMENT',
    'AWAITING_PASSWORD', 'AWAITING_APPROVAL', 'COMPLETED', 'SPENT')) NOT VALID;
ALTER TABLE auth_flow VALIDATE CONSTRAINT flow_is_of_a_known_kind;
ALTER TABLE auth_flow VALIDATE CONSTRAINT flow_state_is_known;

ALTER TABLE attempt_counter
  DROP CONSTRAINT attempt_scope_is_known,
  ADD CONSTRAINT attempt_scope_is_known CHECK (scope IN ('UNKNOWN_DEVICES', 'KNOWN_DEVICE', 'NETWORK', 'CODES', 'SIGN_UPS',
    'MAILS', 'SMS', 'SMS_PREFIX', 'SMS_ORGANIZATION', 'RESETS', 'UNLOCKS', 'INVITATIONS', 'PASSKEYS', 'ORGANIZATION',
    'IDENTIFIERS', 'SERVICE_KEYS')) NOT VALID;
ALTER TABLE attempt_counter VALIDATE CONSTRAINT attempt_scope_is_known;

ALTER TABLE session
  DROP CONSTRAINT session_end_reason_is_known,
  DROP CONSTRAINT session_method_is_known,
  DROP CONSTRAINT mailed_codes_open_plain_client_sessions,
  ADD CONSTRAINT session_end_reason_is_known CHECK (end_reason IN ('SIGNED_OUT', 'TOKEN_REUSED', 'REPLACED', 'EXPIRED',
    'FACTOR_REMOVED', 'ACCOUNT_CLOSED', 'PASSWORD_CHANGED', 'ENDED_BY_STAFF', 'NOT_ME', 'OFFBOARDED', 'ROTATED',
    'DEVICE_REVOKED', 'SUSPENDED', 'RISK', 'NETWORK')) NOT VALID,
  ADD CONSTRAINT session_method_is_known
    CHECK (method IN ('PASSWORD', 'MAIL_CODE', 'PASSKEY', 'SERVICE_KEY')) NOT VALID,
  -- A mailed code opens the least there is; passkeys and keys of services have rules of their own.
  ADD CONSTRAINT mailed_codes_open_plain_client_sessions
    CHECK (method <> 'MAIL_CODE' OR (kind = 'CLIENT' AND NOT second_factor)) NOT VALID;
ALTER TABLE session VALIDATE CONSTRAINT session_end_reason_is_known;
ALTER TABLE session VALIDATE CONSTRAINT session_method_is_known;
ALTER TABLE session VALIDATE CONSTRAINT mailed_codes_open_plain_client_sessions;

ALTER TABLE account
  DROP CONSTRAINT account_kind_is_known,
  DROP CONSTRAINT account_state_is_known,
  ADD COLUMN employment text CONSTRAINT employment_is_known CHECK (employment IN ('EMPLOYEE', 'VENDOR')),
  ADD CONSTRAINT account_kind_is_known CHECK (kind IN ('CLIENT', 'STAFF', 'SERVICE')) NOT VALID,
  ADD CONSTRAINT account_state_is_known
    CHECK (state IN ('PENDING', 'ACTIVE', 'SUSPENDED', 'ENDED', 'ERASED')) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT account_kind_is_known;
ALTER TABLE account VALIDATE CONSTRAINT account_state_is_known;

-- Sessions that are open keep what they were opened with: a second factor was an authenticator or a recovery code.
ALTER TABLE session
  ADD COLUMN assurance text CONSTRAINT session_has_a_known_assurance
    CHECK (assurance IN ('PASSWORD', 'RESTRICTED', 'STRONG', 'PHISHING_RESISTANT')),
  ADD COLUMN client_type text NOT NULL DEFAULT 'WEB' CONSTRAINT session_is_of_a_known_client
    CHECK (client_type IN ('WEB', 'MOBILE')),
  ADD COLUMN risk_level text NOT NULL DEFAULT 'LOW' CONSTRAINT session_has_a_known_risk
    CHECK (risk_level IN ('LOW', 'MEDIUM', 'HIGH')),
  ADD CONSTRAINT second_factor_is_what_the_assurance_says
    CHECK (assurance IS NULL OR second_factor = (assurance <> 'PASSWORD')) NOT VALID,
  -- What is sent by mail or text is no second factor of staff (ASVS 6.3.6, 6.6.1).
  ADD CONSTRAINT staff_sessions_need_a_strong_factor
    CHECK (kind <> 'STAFF' OR assurance IS NULL OR assurance IN ('STRONG', 'PHISHING_RESISTANT')) NOT VALID;
ALTER TABLE session VALIDATE CONSTRAINT second_factor_is_what_the_assurance_says;
ALTER TABLE session VALIDATE CONSTRAINT staff_sessions_need_a_strong_factor;
