import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api } from '@/api/client'
import { live } from '@/api/live'
import { keys, queryClient } from '@/api/queries'
import { noFilters } from './filters'
import { foresee, foreseen } from './foreseen'

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
