import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api } from '@/api/client'
import { live, startLive, stopLive } from '@/api/live'
import { keys, queryClient } from '@/api/queries'
import { noFilters } from './filters'
import { foresee, foreseen, furtherBack } from './foreseen'

const asked = () => vi.mocked(api.GET).mock.calls.length

beforeEach(() => {
  live.connected = true
  const answer = { items: [], next_cursor: null, prev_cursor: null, gaps: [] }
  vi.spyOn(api, 'GET').mockResolvedValue({
    data: answer,
    response: new Response(null, { status: 200 }),
  } as never)
})
afterEach(() => {
  vi.restoreAllMocks()
  queryClient.clear()
})

test('what was read beforehand is there at once, and is asked for once', async () => {
  expect(foreseen('cus_1', noFilters())).toBeUndefined()
  void foresee('cus_1')
  void foresee('cus_1')
  await vi.waitFor(() => expect(foreseen('cus_1', noFilters())).toBeDefined())
  void foresee('cus_1')
  expect(asked()).toBe(1)
  expect(foreseen('cus_1', { ...noFilters(), pinned: true })).toBeUndefined()
})

test('what an event has made stale is read anew', async () => {
  void foresee('cus_1')
  await vi.waitFor(() => expect(foreseen('cus_1', noFilters())).toBeDefined())
  await queryClient.invalidateQueries({ queryKey: [keys.timeline, 'cus_1'] })
  expect(foreseen('cus_1', noFilters())).toBeUndefined()
})

test('without live events nothing is read beforehand, nor believed', async () => {
  void foresee('cus_1')
  await vi.waitFor(() => expect(foreseen('cus_1', noFilters())).toBeDefined())
  live.connected = false
  expect(foreseen('cus_1', noFilters())).toBeUndefined()
  void foresee('cus_2')
  expect(asked()).toBe(1)
})

test('what changes while it is read beforehand is read again', async () => {
  let stream: { onmessage?: (message: object) => void } = {}
  vi.stubGlobal(
    'EventSource',
    class {
      constructor() {
        stream = this as typeof stream
      }
      close() {}
    },
  )
  vi.spyOn(api, 'POST').mockResolvedValue({
    data: { stream_ticket: 'once' },
    response: new Response(null, { status: 200 }),
  } as never)
  await startLive()
  live.connected = true

  const answers: ((answer: object) => void)[] = []
  vi.mocked(api.GET).mockImplementation(
    () => new Promise((resolve) => answers.push(resolve as never)) as never,
  )
  const answer = (cursor: string) => ({
    data: { items: [], next_cursor: cursor, previous_cursor: null },
    response: new Response(null, { status: 200 }),
  })
  void foresee('cus_9')
  const data = JSON.stringify({ kind: 'item.created', customer: 'cus_9', data: {} })
  stream.onmessage?.({ data, lastEventId: '1' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  answers[0]?.(answer('older'))
  await vi.waitFor(() => expect(asked()).toBe(2))
  answers[1]?.(answer('newer'))
  await vi.waitFor(() => expect(foreseen('cus_9', noFilters())?.older).toBe('newer'))
  stopLive()
  vi.unstubAllGlobals()
})

test('a ticket further back than the newest page is read where it is', async () => {
  const item = { id: 'itm_1', kind: 'message', occurred_at: '2026-06-01T10:00:00.000Z' }
  vi.mocked(api.GET).mockResolvedValue({
    data: { items: [item], next_cursor: 'older', previous_cursor: null },
    response: new Response(null, { status: 200 }),
  } as never)
  await foresee('cus_7', '2026-07-01T00:00:00.000Z')
  expect(asked()).toBe(1)
  expect(furtherBack('cus_7', '2026-07-01T00:00:00.000Z')).toBeUndefined()
  await foresee('cus_7', '2026-05-01T00:00:00.000Z')
  expect(asked()).toBe(2)
  const place = furtherBack('cus_7', '2026-05-01T00:00:00.000Z')
  expect(place).toEqual({ at: '2026-05-01T00:00:00.001Z' })
  expect(foreseen('cus_7', noFilters(), place)).toBeDefined()
})
