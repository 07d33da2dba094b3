/** Kinds of facts that the product knows; others are a workspace's own. */
export const FACT_KINDS = [
  'order_number',
  'tracking_number',
  'serial_number',
  'device',
  'version',
  'purchase_date',
  'amount',
  'date',
  'postal_address',
  'phone',
  'email',
  'iban',
] as const
