/** What clients and managers ask about passes, as plain operations. */
export const CREATE = `mutation ($input: CreatePassProductInput!) { createPassProduct(input: $input) { __typename
  ... on PassProductOffered { product { id name credits services { id } } } } }`;
export const RETIRE = `mutation ($input: RetirePassProductInput!) { retirePassProduct(input: $input) { __typename } }`;
export const GRANT = `mutation ($input: GrantPassInput!) { grantPass(input: $input) { __typename
  ... on PassGranted { pass { id credits creditsLeft validUntil timeZone } } } }`;
export const REDEEM = `mutation ($input: ConfirmWithPassInput!) { confirmWithPass(input: $input) { __typename
  ... on BookedWithPass { booking { id status version } pass { creditsLeft } }
  ... on PassRefused { code message } ... on HoldExpired { message } } }`;
export const SERIES = `mutation ($input: BookSeriesInput!) { bookSeries(input: $input) { __typename
  ... on SeriesBooked { bookedCount } ... on PassRefused { code } ... on SeriesNotBooked { message } } }`;
export const PASSES = `query ($clientId: ID) { passes(clientId: $clientId) {
  id creditsLeft revokedAt product { name } redemptions { returnedAt booking { id status } } } }`;
const BUYING = 'id status quote expiresAt price { amountMinor currency } pass { creditsLeft revokedAt }';
export const BEGIN = `mutation ($input: BeginPassPurchaseInput!) { beginPassPurchase(input: $input) { __typename
  ... on PassPurchaseBegun { purchase { ${BUYING} } } ... on PassNotSold { message } ... on LimitReached { limit message } } }`;
export const PURCHASE = `query ($id: ID!) { passPurchase(id: $id) { ${BUYING} } }`;
