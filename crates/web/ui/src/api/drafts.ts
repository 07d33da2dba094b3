/** What is being written, as the server keeps it. `keepalive` goes on when the page is left. */
import { api, good, type Schemas } from './client'

export type DraftOut = Schemas['DraftOut']
export type DraftKind = Schemas['DraftKind']
export type DraftIn = Schemas['DraftKeptIn']

const AT = '/api/v1/tickets/{id}/drafts/{kind}'

export const getDraft = (id: string, kind: DraftKind) =>
  good(api.GET(AT, { params: { path: { id, kind } } }))

export const putDraft = (id: string, kind: DraftKind, body: DraftIn, keepalive = false) =>
  good(api.PUT(AT, { params: { path: { id, kind } }, body, keepalive }))

export const deleteDraft = (id: string, kind: DraftKind, revision: number, keepalive = false) =>
  good(api.DELETE(AT, { params: { path: { id, kind }, query: { revision } }, keepalive }))
