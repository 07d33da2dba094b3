import { expect, test, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { toasts } from './design/toasts'
import { isOutdated, renewWhenOutdated } from './renewal'

const served = (html: string, status = 200) =>
  (() => Promise.resolve(new Response(html, { status }))) as typeof fetch
const page = (name: string) => `<script type="module" src="/assets/index-${name}.js"></script>`

test('a desk is outdated when the server has another one', async () => {
  expect(await isOutdated('/assets/index-a.js', served(page('b')))).toBe(true)
  expect(await isOutdated('/assets/index-a.js', served(page('a')))).toBe(false)
})

test('a server that is away, fails or has no pages makes nothing outdated', async () => {
  const away = (() => Promise.reject(new TypeError('no network'))) as typeof fetch
  expect(await isOutdated('/assets/index-a.js', away)).toBe(false)
  expect(await isOutdated('/assets/index-a.js', served(page('b'), 502))).toBe(false)
  expect(await isOutdated('/assets/index-a.js', served('no pages here'))).toBe(false)
})

test('the page that one was going to is loaded anew, or the one that one is on', async () => {
  const empty = { render: () => null }
  const gone = () => {
    window.dispatchEvent(new Event('vite:preloadError'))
    return Promise.reject(new TypeError('Failed to fetch dynamically imported module'))
  }
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: empty },
      { path: '/customers', component: gone },
    ],
  })
  const assign = vi.spyOn(window.location, 'assign').mockReturnValue(undefined)
  const reload = vi.spyOn(window.location, 'reload').mockReturnValue(undefined)
  vi.spyOn(console, 'warn').mockReturnValue(undefined)
  let isNew = false
  renewWhenOutdated(router, () => Promise.resolve(isNew))
  await router.push('/')

  await router.push('/customers?q=elif').catch(() => undefined)
  expect(assign).not.toHaveBeenCalled()
  expect(toasts.map((it) => it.tone)).toEqual(['bad'])
  toasts[0]?.action?.run()
  expect(assign).toHaveBeenLastCalledWith('/customers?q=elif')

  isNew = true
  await router.push('/customers?q=ada').catch(() => undefined)
  expect(assign).toHaveBeenLastCalledWith('/customers?q=ada')
  window.dispatchEvent(new Event('vite:preloadError'))
  await vi.waitFor(() => expect(reload).toHaveBeenCalledTimes(1))
  vi.restoreAllMocks()
})
