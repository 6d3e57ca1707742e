-- Passes that people buy themselves: what a kind of pass costs, who began to buy one, and what came of it. The money is in
-- payments' hands; what was promised, and that it is kept once, stands here (decision 0043).

ALTER TABLE pass_product
  ADD COLUMN price_minor bigint CONSTRAINT pass_costs_something CHECK (price_minor BETWEEN 1 AND 1000000000000),
  ADD COLUMN currency char(3) CONSTRAINT pass_has_a_currency CHECK (currency ~ '^[A-Z]{3}$'),
  ADD CONSTRAINT a_price_names_its_currency CHECK ((price_minor IS NULL) = (currency IS NULL));

CREATE TABLE pass_purchase (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  product_id uuid NOT NULL,
  -- Whose pass it will be, and who pays: a guardian may buy for somebody they answer for.
  client_id uuid NOT NULL,
  bought_by uuid NOT NULL,
  price_minor bigint NOT NULL CONSTRAINT a_purchase_costs_something CHECK (price_minor > 0),
  currency char(3) NOT NULL,
  status text NOT NULL CONSTRAINT status_of_a_purchase_is_known
    CHECK (status IN ('OPEN', 'EXPIRED', 'PAID', 'REFUSED', 'RETURNED')),
  created_at timestamptz NOT NULL,
  -- Until when the offer stands. Whoever took it in time keeps its promise, however late the money is.
  expires_at timestamptz NOT NULL,
  -- The end of the offer, or of the pass that came of it: from then on it is kept for two years.
  ends_at timestamptz NOT NULL,
  CONSTRAINT an_offer_ends_after_it_was_made CHECK (expires_at > created_at),
  CONSTRAINT purchase_belongs_to_one_organization UNIQUE (organization_id, id),
  CONSTRAINT purchase_of_our_product FOREIGN KEY (organization_id, product_id) REFERENCES pass_product (organization_id, id)
);
CREATE INDEX pass_purchase_open ON pass_purchase (bought_by, expires_at) INCLUDE (organization_id) WHERE status = 'OPEN';
CREATE INDEX pass_purchase_by_offer ON pass_purchase (expires_at) WHERE status = 'OPEN';
CREATE INDEX pass_purchase_by_end ON pass_purchase (ends_at);
SELECT kept_tenant_wall('pass_purchase');

-- The code checks so that people get a kind answer; this checks so that it is true.
CREATE FUNCTION guard_pass_purchase() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.organization_id, NEW.product_id, NEW.client_id, NEW.bought_by, NEW.price_minor, NEW.currency, NEW.expires_at)
     IS DISTINCT FROM
     (OLD.organization_id, OLD.product_id, OLD.client_id, OLD.bought_by, OLD.price_minor, OLD.currency, OLD.expires_at)
  THEN
    RAISE EXCEPTION 'what was offered does not change'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_offered_does_not_change', TABLE = 'pass_purchase';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    ('OPEN', 'EXPIRED'), ('OPEN', 'PAID'), ('OPEN', 'REFUSED'), ('EXPIRED', 'PAID'), ('EXPIRED', 'REFUSED'),
    -- Given back; and back again, when the bank could not take the money.
    ('PAID', 'RETURNED'), ('RETURNED', 'PAID'))
  THEN
    RAISE EXCEPTION 'a purchase cannot go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'purchase_takes_only_known_steps', TABLE = 'pass_purchase';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER purchase_takes_only_known_steps BEFORE UPDATE ON pass_purchase
  FOR EACH ROW EXECUTE FUNCTION guard_pass_purchase();

ALTER TABLE pass
  ALTER COLUMN granted_by DROP NOT NULL,
  ADD COLUMN purchase_id uuid,
  -- Given back, and which refund of payments it went for: a second one for the same pass finds it so.
  ADD COLUMN revoked_at timestamptz,
  ADD COLUMN revoked_for uuid;
ALTER TABLE pass
  ADD CONSTRAINT a_pass_is_granted_by_somebody_or_bought CHECK ((granted_by IS NULL) = (purchase_id IS NOT NULL)) NOT VALID,
  ADD CONSTRAINT a_pass_is_given_back_for_a_refund CHECK ((revoked_at IS NULL) = (revoked_for IS NULL)) NOT VALID,
  ADD CONSTRAINT only_what_was_bought_is_given_back CHECK (revoked_at IS NULL OR purchase_id IS NOT NULL) NOT VALID,
  -- Money back and an appointment for it: never both. Whoever comes second, of a redemption and a refund, is refused.
  ADD CONSTRAINT what_is_given_back_pays_for_nothing CHECK (revoked_at IS NULL OR used = 0) NOT VALID,
  ADD CONSTRAINT pass_of_our_purchase FOREIGN KEY (organization_id, purchase_id)
    REFERENCES pass_purchase (organization_id, id) NOT VALID;
ALTER TABLE pass VALIDATE CONSTRAINT a_pass_is_granted_by_somebody_or_bought;
ALTER TABLE pass VALIDATE CONSTRAINT a_pass_is_given_back_for_a_refund;
ALTER TABLE pass VALIDATE CONSTRAINT only_what_was_bought_is_given_back;
ALTER TABLE pass VALIDATE CONSTRAINT what_is_given_back_pays_for_nothing;
ALTER TABLE pass VALIDATE CONSTRAINT pass_of_our_purchase;
CREATE UNIQUE INDEX one_pass_per_purchase ON pass (purchase_id) WHERE purchase_id IS NOT NULL;
