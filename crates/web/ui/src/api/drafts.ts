import { call } from './untyped'
import type { Schemas } from './client'

export type DraftOut = Schemas['DraftOut']
export type DraftKind = DraftOut['kind']
export type DraftIn = Schemas['DraftKeptIn']

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
