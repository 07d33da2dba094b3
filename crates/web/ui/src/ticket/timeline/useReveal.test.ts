import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { useReveal } from './useReveal'

const rowsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ key: String(from + i) }))
const hold = async (change: () => void) => {
  change()
  await nextTick()
}
const rows = ref<{ key: string }[]>([])
let scope: EffectScope
let revealing: ReturnType<typeof useReveal<{ key: string }>>
const shown = () => revealing.shown.value.map((it) => Number(it.key))

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout'],
  })
  rows.value = []
  scope = effectScope()
  scope.run(() => (revealing = useReveal(rows, { hold })))
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})
const load = async (all: { key: string }[]) => {
  rows.value = all
  await nextTick()
}

test('the newest rows come first, the others follow in frames, all in their order', async () => {
  await load(rowsOf(0, 60))
  expect(shown()).toEqual(rowsOf(48, 60).map((it) => Number(it.key)))
  let whole = false
  void revealing.revealed().then(() => (whole = true))
  await vi.advanceTimersByTimeAsync(60)
  expect(shown().length).toBeGreaterThan(12)
  expect(whole).toBe(false)
  await vi.advanceTimersByTimeAsync(400)
  expect(shown()).toEqual(rows.value.map((it) => Number(it.key)))
  expect(whole).toBe(true)
})

test('opened at its beginning a history shows its first rows first', async () => {
  revealing.anew('first')
  await load(rowsOf(0, 60))
  expect(shown()).toEqual(rowsOf(0, 12).map((it) => Number(it.key)))
})

test('a few rows, and a message that comes in, are there at once', async () => {
  await load(rowsOf(0, 15))
  expect(shown()).toHaveLength(15)
  await load(rowsOf(0, 16))
  expect(shown().at(-1)).toBe(15)
})

test('what is shown stays while older rows come above and others go below', async () => {
  await load(rowsOf(100, 112))
  await load(rowsOf(40, 108))
  expect(shown()).toEqual(rowsOf(100, 108).map((it) => Number(it.key)))
  await vi.advanceTimersByTimeAsync(1000)
  expect(shown()).toHaveLength(68)
})

test('whoever goes to a row that waits has all of them at once', async () => {
  await load(rowsOf(0, 60))
  revealing.all()
  expect(shown()).toHaveLength(60)
  await expect(revealing.revealed()).resolves.toBeUndefined()
})
