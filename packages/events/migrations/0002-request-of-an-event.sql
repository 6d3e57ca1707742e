-- The client's request that an event comes of: the id that its answer carried. It goes with the event to every service, so
-- that what a request brought about can be followed to its end. Null for what nobody asked for, and for what was said before.
ALTER TABLE outbox ADD COLUMN request_id text CONSTRAINT request_id_is_short CHECK (length(request_id) <= 100);
