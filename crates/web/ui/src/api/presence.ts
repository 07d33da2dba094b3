/** Who has a ticket open. */
import { api, good, type Schemas } from './client'

export type Present = Schemas['PresentOut']
export type PresenceState = Present['state']

/** The name of this tab, as the server tells several of one agent apart. */
const client = crypto.randomUUID()

/** `keepalive` goes on when the page is left. */
export const putPresence = (id: string, state: Schemas['StateIn'], keepalive = false) =>
  good(
    api.PUT('/api/v1/tickets/{id}/presence', {
      params: { path: { id } },
      body: { client, state },
      keepalive,
    }),
  )
