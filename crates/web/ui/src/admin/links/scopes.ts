import type { Schemas } from '@/api/client'

export const SCOPES: Schemas['Scope'][] = [
  'tickets:read',
  'tickets:write',
  'customers:read',
  'customers:write',
  'events:read',
  'events:write',
  'tags:write',
  'ledger',
  'deliveries:write',
  'admin',
]

/** Keys of messages hold no colon. */
export const scopeKey = (scope: string): string => scope.replace(':', '_')

export const EVENT_KINDS = [
  'customer.created',
  'customer.updated',
  'customer.merged',
  'customer.unmerged',
  'customer.erased',
  'ticket.created',
  'ticket.updated',
  'message.received',
  'message.created',
  'message.sent',
  'message.not_sent',
  'message.changed',
  'message.moved',
  'note.created',
  'event.received',
  'call.ringing',
  'call.updated',
  'item.pinned',
  'item.redacted',
  'fact.stated',
  'fact.changed',
  'promise.made',
  'promise.changed',
  'brief.read',
  'admin.changed',
] as const
