import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api } from '@/api/client'
import { Unreachable } from '@/api/problem'
import { session } from '@/api/session'
import { blank } from './content'
import { outbox, putOff, sendWaiting, takeOut, type Sending } from './outbox'

const PLACE = 'throughline.outbox.agt_1'
const sending = (key: string): Sending => ({
  key,
  ticket: 'tkt_1',
  number: 7,
  kind: 'note',
  body: { body: key },
  content: { ...blank(), body: key },
  queuedAt: '2026-11-23T09:00:00Z',
})
const keysOf = (all: readonly Sending[]) => all.map((it) => it.key)
const putBy = () => keysOf(JSON.parse(localStorage.getItem(PLACE) ?? '[]') as Sending[])
/** Another tab of the same browser. */
const elsewhere = (...all: Sending[]) => localStorage.setItem(PLACE, JSON.stringify(all))
const told = () => ({ sent: vi.fn(), refused: vi.fn() })
const answered = () =>
  Promise.resolve({ data: { customer: 'cus_1' }, response: new Response(null, { status: 201 }) })

beforeEach(() => {
  session.agent = { id: 'agt_1' } as never
})
afterEach(() => {
  localStorage.clear()
  outbox.length = 0
  vi.restoreAllMocks()
})

test('what another tab has put by is neither lost nor forgotten', () => {
  putOff(sending('own'))
  elsewhere(sending('own'), sending('theirs'))
  putOff(sending('second'))
  expect(putBy()).toEqual(['own', 'theirs', 'second'])
  expect(takeOut('own')?.key).toBe('own')
  expect(putBy()).toEqual(['theirs', 'second'])
  elsewhere()
  expect(takeOut('theirs')).toBeUndefined()
})

test('all that waits is sent in its order, and what is refused is told', async () => {
  elsewhere(sending('a'), sending('b'))
  const post = vi.spyOn(api, 'POST').mockImplementation(answered as never)
  post.mockImplementationOnce((() =>
    Promise.resolve({
      error: { code: 'no', detail: 'no', status: 409 },
      response: new Response(null, { status: 409 }),
    })) as never)
  const { sent, refused } = told()
  await sendWaiting({ sent, refused })
  expect(refused.mock.calls.map(([it]) => (it as Sending).key)).toEqual(['a'])
  expect(sent.mock.calls.map(([it]) => (it as Sending).key)).toEqual(['b'])
  expect(putBy()).toEqual([])
})

test('what another tab has sent meanwhile is not sent again', async () => {
  elsewhere(sending('a'), sending('b'))
  const post = vi.spyOn(api, 'POST').mockImplementation((() => {
    elsewhere(sending('a'))
    return answered()
  }) as never)
  await sendWaiting(told())
  expect(post).toHaveBeenCalledTimes(1)
})

test('without a connection all stays as it is', async () => {
  elsewhere(sending('a'), sending('b'))
  const post = vi.spyOn(api, 'POST').mockRejectedValue(new Unreachable())
  await sendWaiting(told())
  expect([post.mock.calls.length, putBy()]).toEqual([1, ['a', 'b']])
})

test('where nothing can be put by, it waits as long as the tab is there', () => {
  const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError')
  })
  putOff(sending('a'))
  putOff(sending('b'))
  expect(keysOf(outbox)).toEqual(['a', 'b'])
  full.mockRestore()
  takeOut('a')
  expect(putBy()).toEqual(['b'])
})
