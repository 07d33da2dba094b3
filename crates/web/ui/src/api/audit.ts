/** The audit trail. Types by hand until the document has them. */
import { authorised, api, good } from './client'
import { ApiProblem, type Problem } from './problem'

export interface AuditEntry {
  id: string
  at: string
  actor: string
  what: string
  thing: string
  change: string
  fields: string[]
}
export interface AuditPage {
  items: AuditEntry[]
  next_cursor?: string | null
}
export interface AuditFilter {
  actor?: string
  what?: string
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
  'fact_rule',
  'identity_secret',
  'inbox',
  'item',
  'mail_settings',
  'organization',
  'phone_mapping',
  'phone_settings',
  'question_rule',
  'tag',
  'team',
  'webhook',
] as const

export async function byHand<T>(path: string, method = 'GET'): Promise<T> {
  const answer = await authorised(new Request(new URL(path, location.origin), { method }))
  const body: unknown = await answer.json().catch(() => null)
  if (answer.ok) return body as T
  throw new ApiProblem((body ?? { code: 'unknown', status: answer.status }) as Problem)
}

export async function readAudit(filter: AuditFilter, cursor?: string): Promise<AuditPage> {
  const query = new URLSearchParams({ limit: '100' })
  for (const [name, value] of Object.entries({ ...filter, cursor }))
    if (value) query.set(name, value)
  try {
    return await byHand<AuditPage>(`/api/v1/audit?${query}`)
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'unknown_route') return fromEvents(filter)
    throw error
  }
}

/** A server without the trail still has the events of the set-up, oldest first. */
async function fromEvents(filter: AuditFilter): Promise<AuditPage> {
  const query = { kind: ['admin.changed' as const], limit: 1000 }
  const found = await good(api.GET('/api/v1/events', { params: { query } }))
  const items = found.items.map((event) => {
    const data = event.data as Record<string, string>
    return {
      id: event.id,
      at: event.occurred_at,
      actor: event.actor,
      what: data.what ?? '',
      thing: data.id ?? '',
      change: data.change ?? '',
      fields: [],
    }
  })
  const fits = (it: AuditEntry) =>
    (!filter.what || it.what === filter.what) &&
    (!filter.actor || it.actor === filter.actor) &&
    (!filter.since || it.at >= filter.since) &&
    (!filter.until || it.at < filter.until)
  return { items: items.filter(fits).reverse(), next_cursor: null }
}
