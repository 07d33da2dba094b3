/** Views of the list of tickets that agents keep, and how much is in each. */
// Types by hand until the document has them
import { call } from './untyped'

/** The parameters of a list of tickets, each with its values. */
export type Parameters = Record<string, string[]>
export type Sharing = 'private' | 'team' | 'all'

export interface ViewOut {
  id: string
  name: string
  owner: string
  shared: Sharing
  team: string | null
  filter: Parameters
  position: number
  version: number
}

export interface ViewIn {
  name: string
  shared: Sharing
  team?: string | null
  filter: Parameters
  position: number
}

export interface ViewCounts {
  built_in: { key: string; count: number | null; more: boolean }[]
  views: { id: string; count: number | null; more: boolean }[]
}

const ROOT = '/api/v1/views'

export const listViews = async (): Promise<ViewOut[]> =>
  (await call<{ items: ViewOut[] }>('GET', `${ROOT}?limit=200`)).items

export const countViews = (): Promise<ViewCounts> => call('GET', `${ROOT}/counts`)

export const createView = (view: ViewIn): Promise<ViewOut> => call('POST', ROOT, { body: view })

export const changeView = (view: ViewOut, change: Partial<ViewIn>): Promise<ViewOut> =>
  call('PATCH', `${ROOT}/${view.id}`, {
    body: change,
    headers: { 'If-Match': `"v${view.version}"` },
  })

export const removeView = (id: string): Promise<void> => call('DELETE', `${ROOT}/${id}`)

export const markUnread = (ticket: string): Promise<void> =>
  call('POST', `/api/v1/tickets/${ticket}/unread`)

export const markRead = (ticket: string): Promise<void> =>
  call('POST', `/api/v1/tickets/${ticket}/read`, { body: {} })
