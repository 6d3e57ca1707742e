-- The client's request that a mail comes of, as its answer carried it: the mail carries it, too. Null for what nobody asked
-- for, such as a reminder.
ALTER TABLE outgoing_mail ADD COLUMN request_id text CONSTRAINT request_id_is_short CHECK (length(request_id) <= 100);
