/** The audit trail. */
import { api, good, type Schemas } from './client'

export type AuditEntry = Schemas['AuditOut']

export interface AuditFilter {
  actor?: string
  what?: (typeof AUDITED)[number]
  since?: string
  until?: string
}

export const AUDITED = [
  'agent',
  'api_key',
  'channel_account',
  'custom_field',
  'customer',
  'demo',
  'event_type',
  'export',
  'fact_rule',
  'identity_secret',
  'inbox',
  'item',
  'macro',
  'mail_settings',
  'organization',
  'password',
  'phone_mapping',
  'phone_settings',
  'question_rule',
  'session',
  'tag',
  'team',
  'view',
  'webhook',
] as const

export const readAudit = (filter: AuditFilter, cursor?: string) =>
  good(api.GET('/api/v1/audit', { params: { query: { ...filter, cursor, limit: 100 } } }))
