/**
 * What was sent while there was no connection: kept on this machine, and sent when there is one again.
 * Each carries a key by which the server does the same thing once only.
 */
import { reactive, watch } from 'vue'
import type { Schemas } from '@/api/client'
import { live } from '@/api/live'
import { Unreachable } from '@/api/problem'
import { session } from '@/api/session'
import { call } from '@/api/untyped'
import type { DraftKind } from '@/api/drafts'
import type { Content } from './content'

export interface Sending {
  key: string
  ticket: string
  number: number
  kind: DraftKind
  body: Record<string, unknown>
  /** What it was made of, to give it back. */
  content: Content
  queuedAt: string
}

const nameOf = () => `throughline.outbox.${session.agent?.id ?? ''}`
export const outbox = reactive<Sending[]>([])
let loadedFor = ''

function load(): void {
  if (loadedFor === nameOf()) return
  loadedFor = nameOf()
  try {
    outbox.splice(0, outbox.length, ...(JSON.parse(localStorage.getItem(loadedFor) ?? '[]') as []))
  } catch {
    outbox.length = 0
  }
}

function store(): void {
  try {
    if (outbox.length) localStorage.setItem(nameOf(), JSON.stringify(outbox))
    else localStorage.removeItem(nameOf())
  } catch {
    // What is on the screen is kept as long as the tab is.
  }
}

export const post = (it: Sending): Promise<Schemas['ItemOut']> =>
  call('POST', `/api/v1/tickets/${it.ticket}/${it.kind === 'reply' ? 'replies' : 'notes'}`, {
    body: it.body,
    headers: { 'Idempotency-Key': it.key },
  })

export function putOff(it: Sending): void {
  load()
  outbox.push(it)
  store()
}

export function takeOut(key: string): Sending | undefined {
  const at = outbox.findIndex((it) => it.key === key)
  const [taken] = at < 0 ? [] : outbox.splice(at, 1)
  store()
  return taken
}

type Told = {
  sent: (it: Sending, item: Schemas['ItemOut']) => void
  refused: (it: Sending, error: unknown) => void
}
let busy = false

async function send(told: Told): Promise<void> {
  for (const it of [...outbox]) {
    try {
      const item = await post(it)
      takeOut(it.key)
      told.sent(it, item)
    } catch (error) {
      if (error instanceof Unreachable) return
      takeOut(it.key)
      told.refused(it, error)
    }
  }
}

/** Sends what waits, in one tab at a time. */
export async function sendWaiting(told: Told): Promise<void> {
  load()
  if (busy || outbox.length === 0 || !navigator.onLine) return
  busy = true
  const alone = () => send(told)
  try {
    await (navigator.locks ? navigator.locks.request('throughline.outbox', alone) : alone())
  } finally {
    busy = false
  }
}

let told: Told | null = null
/** Sends what waits whenever the connection comes back; once for all composers. */
export function watchOutbox(what: Told): void {
  load()
  if (told) return
  told = what
  const go = () => void sendWaiting(what)
  addEventListener('online', go)
  setInterval(go, 15_000)
  watch(
    () => live.connected,
    (there) => there && go(),
  )
  go()
}
