-- A browser's Global Privacy Control is a word of its own in the history: nobody clicked, and it still counts.
ALTER TABLE consent_event
  DROP CONSTRAINT a_consent_event_is_of_a_known_kind,
  ADD CONSTRAINT a_consent_event_is_of_a_known_kind
    CHECK (kind IN ('given', 'refused', 'withdrawn', 'expired', 'renewed', 'objected', 'gpc'));
-- However often the browser says it: one event tells it for ever, and two requests at once cannot write two.
CREATE UNIQUE INDEX one_privacy_signal_per_person_purpose_and_channel
  ON consent_event (organization_id, client_id, purpose, channel) WHERE kind = 'gpc';
