-- A link that only the mail may show, as the JWE it came in. It is opened while the mail is written and forgotten as soon as the
-- mail is sent or given up.
ALTER TABLE outgoing_mail ADD COLUMN sealed text;
ALTER TABLE outgoing_mail ADD CONSTRAINT sealed_link_is_short CHECK (length(sealed) <= 2000) NOT VALID;
ALTER TABLE outgoing_mail ADD CONSTRAINT finished_mails_keep_no_link
  CHECK (sealed IS NULL OR state IN ('QUEUED', 'SENDING')) NOT VALID;
ALTER TABLE outgoing_mail VALIDATE CONSTRAINT sealed_link_is_short;
ALTER TABLE outgoing_mail VALIDATE CONSTRAINT finished_mails_keep_no_link;
