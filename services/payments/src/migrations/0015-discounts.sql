-- What somebody of the business takes off the price of one booking. Given for what is still due: nothing that was taken follows from it.
ALTER TABLE booking_reference
  ADD COLUMN discount_minor bigint NOT NULL DEFAULT 0,
  ADD CONSTRAINT a_discount_is_nothing_or_more CHECK (discount_minor >= 0) NOT VALID,
  ADD CONSTRAINT a_discount_is_of_a_known_price CHECK (discount_minor = 0 OR price_minor IS NOT NULL) NOT VALID;
ALTER TABLE booking_reference VALIDATE CONSTRAINT a_discount_is_nothing_or_more;
ALTER TABLE booking_reference VALIDATE CONSTRAINT a_discount_is_of_a_known_price;
