import { mount } from '@vue/test-utils'
import { defineComponent, h, nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { i18n } from '@/i18n'
import { later, laterDialog, laterPane } from './later'
import { toasts } from './toasts'

const Dialog = defineComponent({
  props: { open: Boolean },
  setup: (props) => () => (props.open ? h('p', 'here it is') : null),
})
const there = () => Promise.resolve({ default: Dialog })
const away = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'))

/** A page with a dialog, and whether that is meant to be open. */
function page(part: typeof Dialog) {
  const open = ref(false)
  const shown = mount(
    () => h(part, { open: open.value, 'onUpdate:open': (it: boolean) => (open.value = it) }),
    { global: { plugins: [i18n] } },
  )
  return { open, shown }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  toasts.length = 0
})

test('a dialog is asked for when it is first opened, and once', async () => {
  const load = vi.fn(there)
  const { open, shown } = page(laterDialog(load))
  expect(load).not.toHaveBeenCalled()
  for (const wanted of [true, false, true]) {
    open.value = wanted
    await vi.runAllTimersAsync()
    expect(shown.text()).toBe(wanted ? 'here it is' : '')
  }
  expect(load).toHaveBeenCalledTimes(1)
})

test('a dialog that cannot be had is closed with a word, and opens when it can', async () => {
  const load = vi.fn(away as typeof there)
  const { open, shown } = page(laterDialog(load))
  open.value = true
  await vi.advanceTimersByTimeAsync(2000)
  expect(load).toHaveBeenCalledTimes(3)
  expect([open.value, toasts.length]).toEqual([false, 1])
  load.mockImplementation(there)
  open.value = true
  await vi.runAllTimersAsync()
  expect(shown.text()).toBe('here it is')
})

test('a dialog that was closed before it came stays closed, without a word', async () => {
  const { open, shown } = page(laterDialog(vi.fn(away as typeof there)))
  open.value = true
  await nextTick()
  open.value = false
  await vi.runAllTimersAsync()
  expect([shown.text(), toasts.length]).toEqual(['', 0])
})

test('a lost file is asked for again; a pane that cannot be had says so', async () => {
  const once = vi.fn(there)
  once.mockImplementationOnce(away as typeof there)
  const { open, shown } = page(later(once))
  open.value = true
  await vi.runAllTimersAsync()
  expect(shown.text()).toBe('here it is')

  const warn = vi.spyOn(console, 'warn').mockReturnValue(undefined)
  const error = vi.spyOn(console, 'error').mockReturnValue(undefined)
  const pane = page(laterPane(away as typeof there))
  pane.open.value = true
  await vi.runAllTimersAsync()
  expect(pane.shown.find('[role=alert] button').exists()).toBe(true)
  warn.mockRestore()
  error.mockRestore()
})
