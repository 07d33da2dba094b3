// Every page of the administration once, with and without a look into it by axe.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axe, Desk, missing, Product } from './kit.mjs'

const skip = missing() ?? false
let product, desk
before(async () => {
  if (skip) return
  product = await Product.start()
  desk = await Desk.open()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

test('every page of the administration opens, and axe finds nothing', { skip }, async () => {
  const page = await desk.person(product, { path: '/admin' })
  const links = page.locator('a[href^="/admin/"]')
  await links.first().waitFor()
  const paths = [
    ...new Set(await links.evaluateAll((all) => all.map((it) => it.getAttribute('href')))),
  ]
  assert.ok(paths.length > 12, `only ${paths.length} sections`)
  const found = []
  for (const path of paths) {
    await page.goto(path)
    await page.getByRole('heading').first().waitFor()
    await page.waitForLoadState('networkidle').catch(() => undefined)
    found.push(...(await axe(page)).map((it) => `${path}: ${it}`))
    if (await page.getByRole('alert').count()) found.push(`${path}: says that something is wrong`)
  }
  assert.deepEqual(found, [])
  assert.deepEqual(page.wrong, [])
})

test('the sample data goes with one click, and nothing else', { skip }, async () => {
  const own = await product.ticket('A real one', 'Hello')
  await product.call('DELETE', '/demo')
  const { items } = await product.call('GET', '/tickets?limit=200')
  assert.deepEqual(
    items.map((it) => it.id),
    [own.id],
  )
})
