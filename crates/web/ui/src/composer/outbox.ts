/**
 * What was sent while there was no connection: kept on this machine, and sent when there is one again.
 * Each carries a key by which the server does the same thing once only.
 */
import { reactive, watch } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { live } from '@/api/live'
import { Unreachable } from '@/api/problem'
import { session } from '@/api/session'
import type { Content } from './content'

/** What is sent, as it is sent. */
export type Message =
  { kind: 'reply'; body: Schemas['ReplyIn'] } | { kind: 'note'; body: Schemas['NoteIn'] }

export type Sending = Message & {
  key: string
  ticket: string
  number: number
  /** What it was made of, to give it back. */
  content: Content
  queuedAt: string
}

const nameOf = () => `throughline.outbox.${session.agent?.id ?? ''}`
export const outbox = reactive<Sending[]>([])
let loadedFor = ''
/** Whether all of it could be put by; else what is on the screen is all that there is. */
let isPutBy = true

/** Other tabs put by in the same place: what stands there is read before it is changed. */
function load(): void {
  if (loadedFor === nameOf() && !isPutBy) return
  const was = JSON.stringify(loadedFor === nameOf() ? outbox : [])
  loadedFor = nameOf()
  try {
    const found = localStorage.getItem(loadedFor) ?? '[]'
    if (found !== was) outbox.splice(0, outbox.length, ...(JSON.parse(found) as Sending[]))
  } catch {
    outbox.length = 0
  }
}

function store(): void {
  try {
    if (outbox.length) localStorage.setItem(nameOf(), JSON.stringify(outbox))
    else localStorage.removeItem(nameOf())
    isPutBy = true
  } catch {
    isPutBy = false
  }
}

export function post(it: Sending): Promise<Schemas['ItemOut']> {
  const params = { path: { id: it.ticket }, header: { 'Idempotency-Key': it.key } }
  return it.kind === 'reply'
    ? good(api.POST('/api/v1/tickets/{id}/replies', { params, body: it.body }))
    : good(api.POST('/api/v1/tickets/{id}/notes', { params, body: it.body }))
}

export function putOff(it: Sending): void {
  load()
  outbox.push(it)
  store()
}

export function takeOut(key: string): Sending | undefined {
  load()
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
  load()
  for (const it of [...outbox]) {
    if (!outbox.some((one) => one.key === it.key)) continue
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

/** Sends what waits now and whenever the connection comes back, until it is stopped. */
export function watchOutbox(told: Told): () => void {
  const go = () => void sendWaiting(told)
  addEventListener('online', go)
  addEventListener('storage', load)
  const timer = setInterval(go, 15_000)
  const unwatch = watch(
    () => live.connected,
    (there) => there && go(),
  )
  load()
  go()
  return () => {
    removeEventListener('online', go)
    removeEventListener('storage', load)
    clearInterval(timer)
    unwatch()
  }
}
