// Types by hand until the document has them
import { call } from './untyped'

export type PresenceState = 'looking' | 'replying' | 'noting'

export interface Present {
  agent: string
  name: string
  state: PresenceState
  since: string
}

export interface PresenceOut {
  others: Present[]
  newest: { item: string; created_at: string } | null
}

/** The name of this tab, as the server tells several of one agent apart. */
const client = crypto.randomUUID()

export const putPresence = (
  ticket: string,
  state: PresenceState | 'gone',
  keepalive = false,
): Promise<PresenceOut> =>
  call('PUT', `/api/v1/tickets/${ticket}/presence`, { body: { client, state }, keepalive })
