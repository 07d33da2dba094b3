// What a newcomer meets: sample data that says so, four hints, the first inbox, and the way out.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axe, Desk, focused, PERSIAN_DARK, MailServers, missing, Product, soon } from './kit.mjs'

const skip = missing() ?? false
let product, desk, mail
before(async () => {
  if (skip) return
  product = await Product.start()
  desk = await Desk.open()
  mail = await MailServers.start()
})
after(async () => {
  await desk?.close()
  mail?.stop()
  await product?.stop()
})

const HINTS = [
  ['Your views', '[data-tour=views]'],
  ['The list', '[data-tour=list]'],
  ['One timeline', '[data-tour=timeline]'],
  ['Your answer', '[data-tour=composer]'],
]
const newcomer = { path: '/inbox/open', tourSeen: false }
const hints = (page) => page.locator('[data-hint]')
const sample = (page) => page.getByRole('complementary', { name: 'This is sample data.' })
const card = (page) => page.getByRole('region', { name: 'Connect your first inbox' })

/** How far a hint is from what it speaks of, and how much of that it hides. */
async function beside(page, selector) {
  const [hint, place] = await Promise.all(
    [hints(page), page.locator(selector).locator('visible=true').first()].map((it) =>
      it.boundingBox(),
    ),
  )
  const across = Math.max(place.x - hint.x - hint.width, hint.x - place.x - place.width, 0)
  const along = Math.max(place.y - hint.y - hint.height, hint.y - place.y - place.height, 0)
  const wide = Math.min(hint.x + hint.width, place.x + place.width) - Math.max(hint.x, place.x)
  const high = Math.min(hint.y + hint.height, place.y + place.height) - Math.max(hint.y, place.y)
  const hidden = Math.max(0, wide) * Math.max(0, high)
  return { far: Math.max(across, along), hidden: hidden / (place.width * place.height) }
}

test('four hints, each beside what it speaks of, and none twice', { skip }, async () => {
  const page = await desk.person(product, newcomer)
  await sample(page).getByText('made-up tickets to look around with').waitFor()
  for (const [at, [title, place]] of HINTS.entries()) {
    const hint = page.getByRole('dialog', { name: title })
    await hint.getByText(`Hint ${at + 1} of 4`).waitFor()
    assert.equal(await hints(page).count(), 1)
    const { far, hidden } = await soon(async () => {
      const it = await beside(page, place)
      assert.ok(it.far <= 16, `${title} is ${it.far} px away from ${place}`)
      return it
    }, 3000)
    assert.ok(hidden < 0.3, `${title} hides ${hidden} of ${place} at ${far} px`)
    assert.equal(await hint.evaluate((it) => it.contains(document.activeElement)), true)
    if (at === 1) {
      // Whoever stops in the middle goes on there: what was read does not come again.
      await page.reload()
      await hint.waitFor()
      // The keys of which it speaks work.
      await page.keyboard.press('j')
      await page.locator('.list-row-active').waitFor()
    }
    assert.deepEqual(await axe(page), [], title)
    // Those that speak of a ticket have one opened.
    if (at > 1) assert.match(page.url(), /\/inbox\/open\/\d+$/)
    await hint.getByRole('button', { name: at === 3 ? 'Done' : 'Next' }).click()
    await hint.waitFor({ state: 'hidden' })
  }
  assert.notEqual(await focused(page), null, 'nothing has the focus after the hints')
  // The customer of a sample says so, too.
  await page.getByText('Sample data', { exact: true }).waitFor()
  await page.reload()
  await sample(page).waitFor()
  await page.locator('[role=grid] [role=row]').first().waitFor()
  await page.waitForTimeout(600)
  assert.equal(await hints(page).count(), 0, 'a hint came again')
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('who sends the hints away is not asked again', { skip }, async () => {
  const page = await desk.person(product, newcomer)
  await hints(page).waitFor()
  await page.keyboard.press('Escape')
  await hints(page).waitFor({ state: 'hidden' })
  await page.goto('/inbox/all')
  await page.locator('[role=grid] [role=row]').first().waitFor()
  await page.waitForTimeout(600)
  assert.equal(await hints(page).count(), 0)
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('the hints are as good in Persian and dark', { skip }, async () => {
  const page = await desk.person(product, { ...newcomer, ...PERSIAN_DARK })
  for (const [at, [, place]] of HINTS.entries()) {
    const hint = hints(page)
    await hint.waitFor()
    await soon(async () =>
      assert.ok((await beside(page, place)).far <= 16, `${at + 1} is far away`),
    )
    assert.deepEqual(await axe(page), [], `hint ${at + 1}`)
    await hint.locator('.btn-primary').click()
    await page.waitForTimeout(at < 3 ? 300 : 0)
  }
  await hints(page).waitFor({ state: 'hidden' })
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('a set-up that is left half way leaves nothing half behind', { skip }, async () => {
  const page = await desk.person(product, { path: '/inbox/open' })
  const before = (await product.call('GET', '/inboxes')).items.length
  await card(page).getByRole('link', { name: 'Begin' }).click()
  await page.getByRole('button', { name: /^E-mail/ }).click()
  const field = (name, at = 0) => page.getByLabel(name, { exact: true }).nth(at)
  await field('Name').fill('Support')
  await field('Address').fill('anna@example.test')
  for (const at of [0, 1]) await field('Server', at).fill('not a server')
  for (const at of [0, 1]) await field('Account', at).fill('anna@example.test')
  await page.getByRole('button', { name: 'Save and test' }).click()
  // The server says what is wrong, where it is wrong.
  await page.locator('[aria-invalid=true]').first().waitFor()
  await page.getByRole('link', { name: 'Inboxes' }).click()
  await page.getByRole('table', { name: 'Inboxes' }).waitFor()
  assert.equal((await product.call('GET', '/inboxes')).items.length, before, 'half an inbox stays')
  await page.goto('/inbox/open')
  await card(page).waitFor()
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('an inbox without a connection says so and leads to it', { skip }, async () => {
  const made = await product.call('POST', '/inboxes', {
    name: 'Orders',
    channel: 'email',
    address: 'orders@example.test',
  })
  const page = await desk.person(product, { path: '/admin/inboxes' })
  const row = page.getByRole('row', { name: /Orders/ })
  await row.getByText('Not connected').waitFor()
  await row.getByRole('link', { name: 'Orders' }).click()
  await page.getByText('No mail server is set yet').waitFor()
  assert.deepEqual(await axe(page), [])
  await page.getByRole('link', { name: 'Connect it now' }).click()
  await page.waitForURL(`**/${made.id}/connection`)
  await page.getByLabel('Server', { exact: true }).first().waitFor()
  await page.goto('/admin/inboxes')
  await row.getByRole('link', { name: 'Connect it now' }).click()
  await page.waitForURL(`**/${made.id}/connection`)
  await product.call('DELETE', `/inboxes/${made.id}`)
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('the first inbox is connected in three steps', { skip }, async (t) => {
  if (!mail) return t.skip('Dovecot is missing')
  const page = await desk.person(product, { path: '/inbox/open' })
  await card(page).getByRole('link', { name: 'Begin' }).click()
  const step = page.locator('[aria-current=step]')
  await step.getByText('Kind').waitFor()
  await page.getByRole('button', { name: /^E-mail/ }).click()
  await step.getByText('Settings').waitFor()
  const field = (name, at = 0) => page.getByLabel(name, { exact: true }).nth(at)
  await field('Name').fill('Support')
  await field('Address').fill('anna@example.test')
  for (const [at, port] of [mail.ports.imap, mail.ports.smtp].entries()) {
    await field('Server', at).fill('127.0.0.1')
    await field('Port', at).fill(String(port))
    await field('Protection', at).selectOption('plain')
  }
  await field('Sign in by', 1).selectOption('none')
  assert.equal(await field('Account').inputValue(), 'anna@example.test')
  await page.locator('input[type=password]').first().fill('open sesame')
  await page.getByRole('button', { name: 'Save and test' }).click()
  await step.getByText('Test').waitFor()
  await page.getByText('The inbox is ready.').waitFor({ timeout: 20_000 })
  assert.deepEqual(await axe(page), [])
  await page.getByRole('link', { name: 'Done' }).click()
  await page.getByRole('heading', { name: 'Support' }).waitFor()
  await page.getByText('Works', { exact: true }).waitFor()
  await page.goto('/inbox/open')
  await page.getByText('No ticket is open').waitFor()
  assert.equal(await card(page).count(), 0, 'it asks for a first inbox again')
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('one click takes the sample data away, once it is confirmed', { skip }, async () => {
  const own = await product.ticket('A real one', 'Hello')
  const page = await desk.person(product, { path: '/inbox/all' })
  const rows = page.locator('[role=grid] [role=row]')
  await soon(async () => assert.ok((await rows.count()) > 3))
  const remove = sample(page).getByRole('button', { name: 'Remove the sample data' })
  await remove.click()
  const asked = page.getByRole('alertdialog', { name: 'Remove the sample data?' })
  await asked.waitFor()
  assert.deepEqual(await axe(page), [])
  await asked.getByRole('button', { name: 'Cancel' }).click()
  await asked.waitFor({ state: 'hidden' })
  assert.equal((await product.call('GET', '/demo')).present, true, 'it went without a yes')
  await remove.click()
  await asked.getByRole('button', { name: 'Remove the sample data' }).click()
  await page.getByText(/^\d+ tickets are removed\.$/).waitFor()
  await sample(page).waitFor({ state: 'hidden' })
  await soon(async () => assert.equal(await rows.count(), 1))
  await rows.getByText('A real one').waitFor()
  await soon(async () => assert.notEqual(await focused(page), null, 'nothing has the focus'))
  const { items } = await product.call('GET', '/tickets?limit=200')
  assert.deepEqual(
    items.map((it) => it.id),
    [own.id],
  )
  await page.reload()
  await rows.getByText('A real one').waitFor()
  assert.equal(await sample(page).count(), 0)
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})
