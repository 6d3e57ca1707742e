/** What a client's app asks when it opens: one list over all four subgraphs, eleven kinds of things. */
export const DASHBOARD = `query Dashboard($after: String) {
  viewer { id kind client { displayName email phone } }
  bookings(first: 20, after: $after) {
    nodes {
      id status version startsAt endsAt timeZone notes
      service { name durationMinutes price { amountMinor currency } }
      provider { id staffMember { displayName } }
      client { displayName email }
      paymentState
      payments { id status amount { amountMinor currency } method { brand last4 } }
    }
    pageInfo { hasNextPage endCursor }
  }
  consents { __typename }
}`;
