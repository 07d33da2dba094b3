import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { afterPaint, useBehind } from './painting'

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout'],
  })
})
afterEach(() => void vi.useRealTimers())

test('what can wait comes behind the frame, and not at all when it is taken back', () => {
  const done = vi.fn()
  const forget = afterPaint(done)
  vi.advanceTimersToNextFrame()
  expect(done).not.toHaveBeenCalled()
  vi.advanceTimersByTime(50)
  expect(done).toHaveBeenCalledTimes(1)
  forget()
  const never = vi.fn()
  afterPaint(never)()
  vi.advanceTimersByTime(1000)
  expect(never).not.toHaveBeenCalled()
})

test('a page that nobody looks at paints nothing, and still goes on', () => {
  vi.stubGlobal('requestAnimationFrame', () => 0)
  const done = vi.fn()
  afterPaint(done)
  vi.advanceTimersByTime(1000)
  expect(done).toHaveBeenCalledTimes(1)
  vi.unstubAllGlobals()
})

test('another ticket is followed behind the frame, a change of the same at once', async () => {
  const source = ref({ id: 1, text: 'a' })
  const scope = effectScope()
  const followed = scope.run(() =>
    useBehind(
      () => source.value,
      (it) => it.id,
    ),
  )
  vi.advanceTimersByTime(100)
  expect(followed?.value).toEqual({ id: 1, text: 'a' })
  source.value = { id: 1, text: 'b' }
  await nextTick()
  expect(followed?.value?.text).toBe('b')
  source.value = { id: 2, text: 'c' }
  await nextTick()
  expect(followed?.value?.id).toBe(1)
  source.value = { id: 3, text: 'd' }
  await nextTick()
  vi.advanceTimersByTime(100)
  expect(followed?.value?.id).toBe(3)
  scope.stop()
})
