import type { Schemas } from './client'
import { call } from './untyped'

export type Present = Schemas['PresentOut']
export type PresenceState = Present['state']
export type PresenceOut = Schemas['PresenceOut']

/** The name of this tab, as the server tells several of one agent apart. */
const client = crypto.randomUUID()

export const putPresence = (
  ticket: string,
  state: PresenceState | 'gone',
  keepalive = false,
): Promise<PresenceOut> =>
  call('PUT', `/api/v1/tickets/${ticket}/presence`, { body: { client, state }, keepalive })
