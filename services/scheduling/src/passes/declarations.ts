import { declareTable, notPersonal, personal, retentionRule, type PersonalData } from '@kept/personal-data';

const passesAfterTwoYears = retentionRule({
  name: 'passes two years after their last day',
  clock: 'valid_until',
  period: 'P24M',
  then: 'delete_row',
  reason: 'Two years after its end nobody needs a pass any more to look back or complain',
});

const ofThePass = {
  subject: 'client_id',
  category: 'pd:ServiceConsumptionBehaviour',
  purposes: ['booking.service'],
  basis: 'gdpr:A6-1-b',
  retention: passesAfterTwoYears,
  erase: 'keep',
  export: 'client',
} satisfies Partial<PersonalData>;

const counted = personal({ ...ofThePass, reason: 'So that we know what you have left' });
const business = notPersonal('A business');
const product = notPersonal('What the business sells');

const purchased = personal({
  ...ofThePass,
  subject: 'client_id',
  reason: 'So that you get what you paid for, or your money back',
  retention: retentionRule({
    name: 'purchases two years after what came of them',
    clock: 'ends_at',
    period: 'P24M',
    then: 'delete_row',
    reason: 'They end with their pass, or with an offer that nobody took',
  }),
});

const redeemed = personal({
  ...ofThePass,
  subject: 'pass.client_id',
  reason: 'So that you can see what your pass was used for',
  retention: retentionRule({
    name: 'redemptions with their pass',
    clock: 'pass.valid_until',
    period: 'P24M',
    then: 'delete_row',
    reason: 'They say what the pass was used for',
  }),
});

/** What is written down about passes. */
export const passDeclarations = [
  declareTable('pass_product', {
    id: notPersonal('Random reference'),
    organization_id: business,
    name: product,
    credits: product,
    validity_days: product,
    active: product,
    created_at: product,
    price_minor: product,
    currency: product,
  }),
  declareTable('pass_product_service', {
    organization_id: business,
    product_id: product,
    service_id: product,
  }),
  declareTable('pass', {
    id: notPersonal('Random reference'),
    organization_id: business,
    client_id: notPersonal('Random reference of the client'),
    product_id: counted,
    credits: counted,
    used: counted,
    time_zone: notPersonal('Where the business is'),
    valid_until: counted,
    granted_by: notPersonal('Random reference of the staff member'),
    granted_at: counted,
    purchase_id: notPersonal('Random reference of the purchase'),
    revoked_at: counted,
    revoked_for: notPersonal('Random reference of the refund'),
  }),
  declareTable('pass_redemption', {
    booking_id: notPersonal('Random reference of the booking'),
    organization_id: business,
    pass_id: notPersonal('Random reference of the pass'),
    redeemed_at: redeemed,
    returned_at: redeemed,
  }),
  // After the passes that came of them, which name them.
  declareTable('pass_purchase', {
    id: notPersonal('Random reference'),
    organization_id: business,
    product_id: purchased,
    client_id: notPersonal('Random reference of the client'),
    bought_by: notPersonal('Random reference of whoever pays'),
    price_minor: purchased,
    currency: business,
    status: purchased,
    created_at: purchased,
    expires_at: notPersonal('Until when the offer stood'),
    ends_at: notPersonal('Where retention counts from'),
  }),
];
