import { expect, test } from 'vitest'
import { isOutdated } from './renewal'

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
