-- Whoever turned the refresh token over last, as a keyed hash of network and program: a race that somebody else runs is a theft.
ALTER TABLE session ADD COLUMN refreshed_by bytea;
