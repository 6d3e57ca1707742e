// The operations of a client's app, as it would ship them.
export const bookingOperations = {
  availability: `query Slots($input: AvailabilityInput!) {
    availability(input: $input) { slots { startsAt endsAt localStart providerLocalStart provider { id staffMember { displayName } } } }
  }`,
  booking: `query Booking($id: ID!) { booking(id: $id) { id status version startsAt } }`,
  hold: `mutation Hold($input: CreateSlotHoldInput!) {
    createSlotHold(input: $input) {
      __typename
      ... on SlotHold { id bookingId expiresAt quote depositDue { amountMinor currency } }
      ... on SlotUnavailable { message }
      ... on PolicyViolation { message }
    }
  }`,
  addPaymentMethod: `mutation AddMethod($input: AddPaymentMethodInput!) {
    addPaymentMethod(input: $input) { __typename ... on PaymentMethodAdded { paymentMethod { id brand last4 } } }
  }`,
  authorize: `mutation Authorize($input: AuthorizeDepositInput!) {
    authorizeDeposit(input: $input) { __typename ... on DepositAuthorized { payment { id status } } }
  }`,
  confirm: `mutation Confirm($input: ConfirmBookingInput!) { confirmBooking(input: $input) { __typename } }`,
  reschedule: `mutation Reschedule($input: RescheduleBookingInput!) {
    rescheduleBooking(input: $input) {
      __typename
      ... on BookingRescheduled { booking { id version startsAt } }
      ... on PolicyViolation { message }
    }
  }`,
  cancel: `mutation Cancel($input: CancelBookingInput!) {
    cancelBooking(input: $input) { __typename ... on BookingCancelled { refundPercent booking { id status } } }
  }`,
  giveConsent: `mutation Consent($input: GiveConsentInput!) { giveConsent(input: $input) { __typename } }`,
  withdrawConsent: `mutation Withdraw($input: WithdrawConsentInput!) { withdrawConsent(input: $input) { __typename } }`,
} as const;
