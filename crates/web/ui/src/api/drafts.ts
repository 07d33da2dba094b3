// Types by hand until the document has them
import { call } from './untyped'
import type { Schemas } from './client'

export type DraftKind = 'reply' | 'note'

export interface DraftOut {
  ticket: string
  kind: DraftKind
  revision: number
  body: string
  to: string[]
  cc: string[]
  status: string | null
  mentions: string[]
  attachments: Schemas['AttachmentOut'][]
  macro: string | null
  updated_at: string
}

export interface DraftIn {
  revision: number
  body: string
  to: string[]
  cc: string[]
  mentions: string[]
  attachments: string[]
  macro: string | null
}

const at = (ticket: string, kind: DraftKind) => `/api/v1/tickets/${ticket}/drafts/${kind}`

export const getDraft = (ticket: string, kind: DraftKind): Promise<DraftOut> =>
  call('GET', at(ticket, kind))

export const putDraft = (
  ticket: string,
  kind: DraftKind,
  body: DraftIn,
  keepalive = false,
): Promise<DraftOut> => call('PUT', at(ticket, kind), { body, keepalive })

export const deleteDraft = (
  ticket: string,
  kind: DraftKind,
  revision: number,
  keepalive = false,
): Promise<void> => call('DELETE', `${at(ticket, kind)}?revision=${revision}`, { keepalive })
