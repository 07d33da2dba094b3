/** Views of the list of tickets that agents keep, and how much is in each. */
import { api, good, type Schemas } from './client'

/** The parameters of a list of tickets, each with its values; the document says no more than "object". */
export type Parameters = Record<string, string[]>
export type Sharing = Schemas['Sharing']
export type ViewCounts = Schemas['ViewCountsOut']
type Listed = Schemas['Page_ViewOut']['items'][number]
export type ViewOut = Omit<Listed, 'filter'> & { filter: Parameters }
type ViewIn = Omit<Schemas['ViewIn'], 'filter'> & { filter: Parameters }
type ViewPatch = Omit<Schemas['ViewPatch'], 'filter'> & { filter?: Parameters }

export const listViews = async (): Promise<ViewOut[]> =>
  (await good(api.GET('/api/v1/views', { params: { query: { limit: 200 } } }))).items

export const countViews = (): Promise<ViewCounts> => good(api.GET('/api/v1/views/counts'))

export const createView = (view: ViewIn): Promise<ViewOut> =>
  good(api.POST('/api/v1/views', { body: view as Schemas['ViewIn'] }))

export const changeView = (view: ViewOut, change: ViewPatch): Promise<ViewOut> => {
  const params = { path: { id: view.id }, header: { 'If-Match': `"v${view.version}"` } }
  return good(api.PATCH('/api/v1/views/{id}', { params, body: change as Schemas['ViewPatch'] }))
}

export const removeView = (id: string) =>
  good(api.DELETE('/api/v1/views/{id}', { params: { path: { id } } }))

/** Puts a ticket back among those that I have not read. */
export const markUnread = (ticket: string) =>
  good(api.POST('/api/v1/tickets/{id}/unread', { params: { path: { id: ticket } } }))

export const markRead = (ticket: string) =>
  good(api.POST('/api/v1/tickets/{id}/read', { params: { path: { id: ticket } }, body: {} }))
