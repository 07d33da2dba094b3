import { expect, test, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import type { Item } from './useChannel'

vi.mock('@/api/session', () => ({ session: { agent: { id: 'me' } } }))
const { useMeanwhile } = await import('./useMeanwhile')

const item = (id: string, author = 'other', kind = 'message') =>
  ({ id, kind, author: { id: author, kind: 'agent' } }) as unknown as Item

test('what came while one wrote is told, oldest first, and until it was seen', async () => {
  const newest = ref<string | null>('a')
  const items = ref<Item[] | undefined>([item('a')])
  const isWriting = ref(false)
  const { came, acknowledge, seen } = useMeanwhile(newest, items, isWriting)
  isWriting.value = true
  items.value = [item('d'), item('c', 'me'), item('x', 'other', 'change'), item('b'), item('a')]
  newest.value = 'd'
  await nextTick()
  expect(came.value.map((it) => it.id)).toEqual(['b', 'd'])
  acknowledge()
  expect(came.value).toEqual([])
  expect(seen.value).toBe('d')
})

test('what came while nothing was written needs no word', async () => {
  const newest = ref<string | null>(null)
  const items = ref<Item[] | undefined>([item('a')])
  const { came } = useMeanwhile(newest, items, ref(true))
  newest.value = 'a'
  await nextTick()
  items.value = [item('b'), item('a')]
  expect(came.value.map((it) => it.id)).toEqual(['b'])
})
