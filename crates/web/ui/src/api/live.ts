/**
 * Live events. The stream is opened with a ticket for one use, comes back by itself with the last
 * position, and marks as stale what an event is about; who looks at it reads it again.
 */
import { reactive } from 'vue'
import { api, good, type Schemas } from './client'
import { keys, queryClient } from './queries'

export type LiveEvent = Schemas['EventOut']

export const live = reactive<{ connected: boolean; everConnected: boolean }>({
  connected: false,
  everConnected: false,
})

const listeners = new Set<(event: LiveEvent) => void>()
export function onLive(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

let source: EventSource | null = null
let position: string | null = null
let pause = 1000
let timer: ReturnType<typeof setTimeout> | undefined

export async function startLive(): Promise<void> {
  stopLive()
  try {
    const { stream_ticket } = await good(api.POST('/api/v1/events/stream-tickets', {}))
    const query = new URLSearchParams({ stream_ticket: stream_ticket ?? '' })
    if (position) query.set('after', position)
    listen(new EventSource(`/api/v1/events/stream?${query}`))
  } catch {
    comeBack()
  }
}

export function stopLive(): void {
  clearTimeout(timer)
  source?.close()
  source = null
  live.connected = false
}

function listen(opened: EventSource): void {
  source = opened
  opened.onopen = () => {
    if (live.everConnected && !position) void queryClient.invalidateQueries()
    live.connected = live.everConnected = true
    pause = 1000
  }
  // A ticket is good for one stream: EventSource's own second try would be refused.
  opened.onerror = comeBack
  opened.onmessage = (message) => {
    position = message.lastEventId || position
    hear(JSON.parse(message.data as string) as LiveEvent)
  }
}

function comeBack(): void {
  stopLive()
  timer = setTimeout(() => void startLive(), pause)
  pause = Math.min(pause * 2, 30_000)
}
addEventListener('online', () => {
  pause = 1000
  if (!live.connected && live.everConnected) void startLive()
})

/** Events come in bursts (an import, a bulk change): what they touch is read once per burst. */
const stale = new Set<string>()
let burst: ReturnType<typeof setTimeout> | undefined

function hear(event: LiveEvent): void {
  listeners.forEach((listener) => listener(event))
  stale.add(JSON.stringify([keys.tickets])).add(JSON.stringify([keys.counts]))
  if (event.ticket) stale.add(JSON.stringify([keys.ticket, event.ticket]))
  if (event.customer) {
    stale.add(JSON.stringify([keys.timeline, event.customer]))
    stale.add(JSON.stringify([keys.customer, event.customer]))
  }
  burst ??= setTimeout(readAgain, 250)
}

/** How often each thing was marked: an answer that was asked for before the last mark may be older. */
const marks = new Map<string, number>()
export const marksOf = (...key: string[]): number => marks.get(JSON.stringify(key)) ?? 0

function readAgain(): void {
  burst = undefined
  const touched = [...stale]
  stale.clear()
  for (const key of touched) {
    marks.set(key, (marks.get(key) ?? 0) + 1)
    void queryClient.invalidateQueries({ queryKey: JSON.parse(key) as string[] })
  }
}
