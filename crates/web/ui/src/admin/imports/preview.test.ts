import { flushPromises, mount } from '@vue/test-utils'
import { VueQueryPlugin } from '@tanstack/vue-query'
import { defineComponent } from 'vue'
import { afterEach, expect, test, vi } from 'vitest'
import { api } from '@/api/client'
import { queryClient } from '@/api/queries'
import { i18n } from '@/i18n'
import { contactsOf, formOfContacts } from './contacts'
import { useSource } from './preview'

/** What the server says of a file whose settings name this region. */
const said = (region: string) => ({
  data: {
    columns: [{ name: 'Mail', samples: [] }],
    source: { columns: [{ column: 'Mail', field: 'email' }], region },
    rows: [],
    wrong: region ? [] : [{ field: 'region', why: 'say one' }],
    unreadable: null,
  },
  response: new Response(null, { status: 200 }),
})

function page() {
  let source!: ReturnType<typeof useSource<ReturnType<typeof formOfContacts>>>
  const Page = defineComponent({
    setup() {
      source = useSource('imp_1', formOfContacts, contactsOf)
      return () => null
    },
  })
  const shown = mount(Page, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient }]] } })
  return { shown, source }
}
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  queryClient.clear()
})

test('who comes back finds the settings that are kept by then', async () => {
  const asked = vi.spyOn(api, 'POST').mockResolvedValueOnce(said('') as never)
  const first = page()
  await flushPromises()
  expect(first.source.form.value?.region).toBe('')
  expect(first.source.wrong('region')).toBe('say one')
  first.shown.unmount()

  vi.useFakeTimers()
  await vi.advanceTimersByTimeAsync(1000)
  asked.mockResolvedValueOnce(said('TR') as never)
  const second = page()
  await vi.advanceTimersByTimeAsync(10)
  expect(second.source.form.value?.region).toBe('TR')
  second.shown.unmount()
})

test('a form stays when a later question goes wrong', async () => {
  vi.useFakeTimers()
  const asked = vi.spyOn(api, 'POST').mockResolvedValue(said('TR') as never)
  const { shown, source } = page()
  await vi.advanceTimersByTimeAsync(1000)
  asked.mockResolvedValue({
    error: { code: 'invalid', detail: 'no', status: 400 },
    response: new Response(null, { status: 400 }),
  } as never)
  source.form.value!.region = 'nowhere'
  await vi.advanceTimersByTimeAsync(1000)
  expect(source.error.value).toBeTruthy()
  expect(source.preview.value?.columns).toHaveLength(1)
  expect(source.form.value?.region).toBe('nowhere')
  shown.unmount()
})
