// What came and what was sent, between two days of the reader's calendar and clock.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Receiver } from './hooks.mjs'
import { axe, Desk, missing, PERSIAN_DARK, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
let product, desk, receiver
before(async () => {
  if (skip) return
  product = await Product.start({ THROUGHLINE__WEBHOOKS__ALLOW_PRIVATE: 'true' })
  receiver = await Receiver.start()
  desk = await Desk.open()
})
after(async () => {
  await desk?.close()
  receiver?.stop()
  await product?.stop()
})

const rows = (page, name) => page.getByRole('table', { name }).locator('tbody tr')
/** The day in Istanbul, where the readers are, so many days from now; and when it begins there. */
function dayThere(from = 0) {
  const there = new Date(Date.now() + 3 * 3_600_000 + from * 86_400_000)
  const day = there.toISOString().slice(0, 10)
  return { day, begins: new Date(`${day}T00:00:00+03:00`).toISOString() }
}
/** What the list is asked for next. */
const asked = async (page, path, act) => {
  const request = page.waitForRequest((it) => {
    const { pathname, searchParams } = new URL(it.url())
    return pathname.endsWith(path) && (searchParams.has('since') || searchParams.has('until'))
  })
  await act()
  return new URL((await request).url()).searchParams
}

test('the ledger between two days, which stand in its address', { skip }, async () => {
  const say = words('en', 'dates')
  const page = await desk.person(product, { path: '/admin/ledger' })
  const all = rows(page, words('en', 'admin').section.ledger)
  await all.first().waitFor()
  const since = page.getByLabel(say.since, { exact: true })
  const until = page.getByLabel(say.until, { exact: true })
  await since.fill('not a day')
  await since.press('Enter')
  await page.getByRole('alert').waitFor()
  assert.equal(new URL(page.url()).search, '')

  const [yesterday, today] = [dayThere(-1), dayThere()]
  const parameters = await asked(page, '/deliveries', async () => {
    await until.fill(yesterday.day)
    await until.press('Enter')
  })
  assert.equal(parameters.get('until'), today.begins, 'the last day is not whole')
  await page.getByText(words('en', 'admin-watch').ledger.emptyText).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('until'), yesterday.day)
  await page.reload()
  await page.getByText(words('en', 'admin-watch').ledger.emptyText).waitFor()
  await until.fill('')
  await until.press('Enter')
  await all.first().waitFor()
  assert.equal(new URL(page.url()).search, '')

  // By the calendar, and by keys alone.
  await page.getByRole('button', { name: say.choose.replace('{label}', say.since) }).press('Enter')
  const grid = page.getByRole('grid')
  await grid.waitFor()
  assert.deepEqual(await axe(page), [])
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await grid.waitFor({ state: 'hidden' })
  await page.waitForURL((url) => url.searchParams.get('since') === dayThere(-6).day)
  await all.first().waitFor()
  const back = page.getByRole('button', { name: say.choose.replace('{label}', say.since) })
  assert.ok(await back.evaluate((it) => it === document.activeElement), 'the focus went astray')
  // One is opened and closed, and the days stay.
  await all.first().getByRole('link').click()
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.waitForURL((url) => url.searchParams.get('since') === dayThere(-6).day)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.wrong, [])
})

test('what was sent to a webhook, in the Persian calendar', { skip }, async () => {
  const say = words('fa', 'dates')
  const { webhooks } = words('fa', 'admin-links')
  const { webhook } = await product.call('POST', '/webhooks', { url: `${receiver.base}/events` })
  await product.ticket('Sent along', 'Hello')
  const page = await desk.person(product, {
    path: `/admin/webhooks/${webhook.id}`,
    ...PERSIAN_DARK,
  })
  const log = rows(page, webhooks.log)
  await soon(async () => {
    await page.reload()
    await log.first().waitFor({ timeout: 2000 })
  }, 30_000)
  const persian = (at) =>
    new Intl.DateTimeFormat('fa-u-ca-persian', {
      dateStyle: 'short',
      timeZone: 'Europe/Istanbul',
    }).format(new Date(at.begins))
  const since = page.getByLabel(say.since, { exact: true })
  const tomorrow = dayThere(1)
  const parameters = await asked(page, '/attempts', async () => {
    await since.fill(persian(tomorrow))
    await since.press('Enter')
  })
  assert.equal(parameters.get('since'), tomorrow.begins)
  await page.getByText(webhooks.logNone).waitFor()
  assert.equal(new URL(page.url()).searchParams.get('since'), tomorrow.day)
  assert.match(await since.inputValue(), /^[۰-۹]+ \p{L}+ [۰-۹]{4}$/u)
  // The dialog above the log is closed, and the days are still there.
  await page.getByRole('link', { name: webhooks.replay }).click()
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  assert.equal(new URL(page.url()).searchParams.get('since'), tomorrow.day)
  const choose = page.getByRole('button', { name: say.choose.replace('{label}', say.since) })
  await choose.click()
  assert.deepEqual(await axe(page), [])
  await page.getByRole('button', { name: say.today, exact: true }).click()
  await log.first().waitFor()
  assert.equal(new URL(page.url()).searchParams.get('since'), dayThere().day)
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.wrong, [])
})
