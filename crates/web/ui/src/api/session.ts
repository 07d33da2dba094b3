/**
 * The session of this tab. The refresh token lives in a cookie that no script can read; the access
 * token lives in memory alone. Whoever meets an ended session waits in `renewed` until its owner has
 * signed in again, so that nothing that was written is lost by it.
 */
import { reactive } from 'vue'
import { Unreachable } from './problem'
import type { components } from './schema'

type Agent = components['schemas']['AgentOut']
type Session = components['schemas']['SessionOut']

type State = 'unknown' | 'signed-in' | 'expired' | 'signed-out'

export const session = reactive<{ state: State; agent: Agent | null }>({
  state: 'unknown',
  agent: null,
})

let accessToken: string | null = null
let renewing: Promise<boolean> | null = null
let waiting: ((renewed: boolean) => void)[] = []

export const access = (): string | null => accessToken

async function take(fresh: Session): Promise<void> {
  // Somebody else has signed in, here or in another tab: nothing that is open or waits here is theirs.
  if (session.agent && session.agent.id !== fresh.agent.id) {
    window.location.reload()
    return new Promise(() => undefined)
  }
  accessToken = fresh.access_token
  session.agent = fresh.agent
  session.state = 'signed-in'
  const told = waiting
  waiting = []
  told.forEach((resolve) => resolve(true))
}

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`/api/v1/auth/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** Signs in; the answer of a refusal is handed on for its words. */
export async function signIn(email: string, password: string): Promise<Response> {
  const answer = await post('sign-in', { email, password, cookie: true })
  if (answer.ok) await take((await answer.clone().json()) as Session)
  return answer
}

/**
 * Tabs trade the one cookie one after the other: each trade makes the last token worthless. A server
 * that cannot be reached has not refused it.
 */
async function trade(): Promise<boolean> {
  const go = async () => {
    const answer = await post('refresh', {}).catch(() => null)
    if (!answer || answer.status >= 500 || answer.status === 429) throw new Unreachable()
    if (answer.ok) await take((await answer.json()) as Session)
    return answer.ok
  }
  return navigator.locks ? navigator.locks.request('throughline.refresh', go) : go()
}

async function fetched(): Promise<boolean> {
  if (session.state === 'signed-in') return true
  renewing ??= trade().finally(() => (renewing = null))
  return renewing
}

/** Whether a session could be had without asking anybody. */
export const resume = (): Promise<boolean> => fetched().catch(() => false)

/** Waits for a good session: by the cookie, or by its owner who signs in again. */
export async function renewed(): Promise<boolean> {
  accessToken = null
  if (session.state === 'signed-in') session.state = 'unknown'
  if (await fetched()) return true
  if (session.state === 'signed-out') return false
  session.state = 'expired'
  return new Promise((resolve) => waiting.push(resolve))
}

export async function signOut(): Promise<void> {
  await post('sign-out', {}).catch(() => undefined)
  accessToken = null
  session.agent = null
  session.state = 'signed-out'
}

export const may = (right: 'lead' | 'admin'): boolean =>
  session.agent?.role === 'admin' || (right === 'lead' && session.agent?.role === 'lead')
