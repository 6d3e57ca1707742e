-- Until when somebody's training is valid; compliance says so. Whoever is here already has two weeks to take it: the default
-- is worked out once, for the rows there are, and new accounts begin without.
ALTER TABLE account ADD COLUMN trained_until timestamptz DEFAULT now() + interval '14 days';
ALTER TABLE account ALTER COLUMN trained_until DROP DEFAULT;

-- Tokens say whether their owner is trained: when that changes, those so far are not believed any more.
CREATE FUNCTION account_withdraws_tokens_of_trainees() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind = 'STAFF' AND OLD.trained_until IS DISTINCT FROM NEW.trained_until THEN
    UPDATE session SET token_generation = token_generation + 1 WHERE account_id = NEW.id AND ended_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER account_withdraws_tokens_of_trainees AFTER UPDATE OF trained_until ON account
  FOR EACH ROW EXECUTE FUNCTION account_withdraws_tokens_of_trainees();
