-- What kind of app a sign-in was begun with, so that its session lasts as long as such a one may.
ALTER TABLE auth_flow
  ADD COLUMN client_type text NOT NULL DEFAULT 'WEB' CONSTRAINT flow_is_of_a_known_client CHECK (client_type IN ('WEB', 'MOBILE'));
-- Sessions that nobody used in time are found by their end.
CREATE INDEX session_by_idle_end ON session (idle_expires_at) WHERE ended_at IS NULL;
