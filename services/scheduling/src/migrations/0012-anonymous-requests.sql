-- Bookings asked for by somebody who has not said who they are: paid for with work, bounded, and kept for minutes.

-- A challenge is good once. Stored by the hash of its signature, together with what it was spent on, so that a request whose
-- answer was lost can be sent again and nothing else can be had for it.
CREATE TABLE spent_proof (
  organization_id uuid NOT NULL REFERENCES organization (id),
  digest bytea NOT NULL CONSTRAINT proof_digest_is_sha256 CHECK (octet_length(digest) = 32),
  request_digest bytea NOT NULL CONSTRAINT request_digest_is_sha256 CHECK (octet_length(request_digest) = 32),
  sent smallint NOT NULL CONSTRAINT a_proof_is_sent_five_times_at_most CHECK (sent BETWEEN 1 AND 5),
  spent_at timestamptz NOT NULL,
  CONSTRAINT a_proof_is_spent_once PRIMARY KEY (organization_id, digest)
);
CREATE INDEX spent_proof_by_time ON spent_proof (organization_id, spent_at);

-- How often somebody asked within a window, under keyed hashes: no address can be read out of it.
CREATE TABLE request_counter (
  organization_id uuid NOT NULL REFERENCES organization (id),
  scope text NOT NULL CONSTRAINT request_scope_is_known CHECK (scope IN ('NETWORK', 'SERVICE', 'ORGANIZATION', 'ACCOUNT')),
  key_hash bytea NOT NULL,
  asked integer NOT NULL CONSTRAINT requests_are_counted_from_one CHECK (asked >= 1),
  window_ends_at timestamptz NOT NULL,
  CONSTRAINT one_request_counter_per_key PRIMARY KEY (organization_id, scope, key_hash)
);

CREATE TABLE slot_request (
  booking_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  hold_id uuid NOT NULL CONSTRAINT one_request_per_hold UNIQUE,
  service_id uuid NOT NULL,
  network_hash bytea,
  time_zone text,
  claim_digest bytea NOT NULL CONSTRAINT claim_digest_is_sha256 CHECK (octet_length(claim_digest) = 32),
  requested_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  claimed_at timestamptz,
  claimed_by uuid,
  CONSTRAINT claimed_requests_say_by_whom CHECK ((claimed_at IS NULL) = (claimed_by IS NULL)),
  CONSTRAINT request_is_for_our_booking FOREIGN KEY (organization_id, booking_id)
    REFERENCES booking (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX live_slot_request ON slot_request (organization_id, expires_at) INCLUDE (network_hash, service_id)
  WHERE (claimed_at IS NULL);

CREATE INDEX slot_request_by_network ON slot_request (organization_id, network_hash, requested_at);

SELECT kept_tenant_wall('spent_proof');
SELECT kept_tenant_wall('request_counter');
SELECT kept_tenant_wall('slot_request');
