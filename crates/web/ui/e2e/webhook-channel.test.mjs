// Programs that tell us, and programs that we tell: set up, tried, signed, and looked after.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newSecret, post, Receiver } from './hooks.mjs'
import { axe, Desk, missing, Product, soon, words } from './kit.mjs'

const skip = missing() ?? false
const SECRET = newSecret()
const MAPPING = {
  id: '/comment/id',
  conversation: '/thread',
  subject: '/title',
  text: '/comment/body',
  name: '/who/name',
  hints: [{ kind: 'external', path: '/who/id', scope: 'shop' }],
}
const told = (id, body) => ({
  thread: 'c-7',
  title: 'Order 4417',
  comment: { id, body },
  who: { name: 'Elif Kaya', id: 'u-1' },
})
let product, desk, receiver, address
before(async () => {
  if (skip) return
  product = await Product.start({ THROUGHLINE__WEBHOOKS__ALLOW_PRIVATE: 'true' })
  await product.call('DELETE', '/demo')
  desk = await Desk.open()
  receiver = await Receiver.start()
})
after(async () => {
  await desk?.close()
  receiver?.stop()
  await product?.stop()
})

const button = (page, name) => page.getByRole('button', { name, exact: true })
const everything = (page) =>
  page.evaluate(() =>
    [
      document.documentElement.outerHTML,
      ...[...document.querySelectorAll('input,textarea')].map((it) => it.value),
    ].join('\n'),
  )

test('an inbox of a program is connected by what the registry asks', { skip }, async () => {
  const { inboxes, channel } = words('en', 'admin-inboxes')
  const { webhook } = words('en', 'admin-registry').registry
  const page = await desk.person(product, { path: '/admin/inboxes/new' })
  await page.getByRole('button', { name: /^Webhook/ }).click()
  await page.getByLabel('Name', { exact: true }).fill('Shop chat')
  await page.getByLabel(inboxes.address, { exact: true }).fill('shop')
  await page.getByLabel(webhook.scheme.label).selectOption('standard_webhooks')
  await page.getByLabel(webhook.secret.label, { exact: true }).fill(SECRET)
  await page.getByLabel(webhook.reply_url.label).fill(`${receiver.base}/replies`)
  const mapping = page.getByLabel(webhook.mapping.label)
  await mapping.fill('{ "text": ')
  await button(page, inboxes.saveAndTest).click()
  await page.getByText(words('en', 'admin').kit.noJson).waitFor()
  // What is no mapping is refused with the first wrong place; nothing is made twice for it.
  await mapping.fill(JSON.stringify({ ...MAPPING, hints: [{ kind: 'external', path: '/who/id' }] }))
  await button(page, inboxes.saveAndTest).click()
  await page.getByText(/hints\[0\]\.scope/).waitFor()
  assert.deepEqual(await axe(page), [])
  await mapping.fill(JSON.stringify(MAPPING))
  await button(page, inboxes.saveAndTest).click()
  await page.getByText(inboxes.ready).waitFor()
  await page.getByRole('status').getByText(channel.step.settings).waitFor()
  assert.equal((await product.call('GET', '/inboxes')).items.length, 1)
  address = await page.getByLabel(channel.hook).textContent()
  assert.match(address, new RegExp(`^${product.base}/hooks/inb_`))
  assert.deepEqual(await axe(page), [])

  await page.getByText(channel.sendTest, { exact: true }).click()
  await page.getByLabel(channel.to, { exact: true }).fill('c-7')
  await page.getByLabel(channel.text, { exact: false }).last().fill('Is this thing on?')
  await button(page, channel.send).click()
  await page.getByText(channel.outcome.sent).waitFor()
  const [{ said }] = receiver.at('/replies', SECRET)
  assert.equal(said.text, 'Is this thing on?')
  assert.equal(said.conversation, 'c-7')

  // A secret is written, and never read again.
  await page.locator('[data-test=finish]').click()
  await page.getByRole('link', { name: inboxes.part.connection }).click()
  await page.getByText(channel.held).first().waitFor()
  assert.equal(await page.getByLabel(webhook.secret.label).first().inputValue(), '')
  assert.ok(!(await everything(page)).includes(SECRET.slice(6)), 'the secret is on the page')
  assert.deepEqual(page.wrong, [])
})

test(
  'what the program says is there at once, and unsigned words are refused',
  { skip },
  async () => {
    const { channel } = words('en', 'admin-inboxes')
    const page = await desk.person(product, { path: '/inbox/open' })
    await page.getByRole('navigation').first().waitFor()
    await page.evaluate(() => (globalThis.sameDocument = true))
    const said = (id, text, secret = SECRET) => post(address, secret, id, told(id, text))
    assert.equal((await said('m-1', 'Where is my parcel?')).status, 200)
    assert.equal((await said('m-1', 'Where is my parcel?')).status, 200)
    await page.getByText('Where is my parcel?').first().waitFor({ timeout: 30_000 })
    await page.getByText('Order 4417').first().click()
    assert.equal((await said('m-2', 'Not signed at all', null)).status, 401)
    assert.equal((await said('m-3', 'By a stranger', newSecret())).status, 401)
    assert.equal((await said('m-4', 'It has come by now.')).status, 200)
    await page.getByText('It has come by now.').last().waitFor({ timeout: 30_000 })
    assert.equal(
      await page.evaluate(() => globalThis.sameDocument),
      true,
      'the page was loaded anew',
    )
    const { items } = await product.call('GET', '/tickets')
    assert.deepEqual(
      items.map((it) => it.subject),
      ['Order 4417'],
    )
    const written = await product.call('GET', `/tickets/${items[0].id}/items?kind=message`)
    assert.equal(written.items.length, 2, 'something came twice, or by a stranger')

    const inbox = /inb_\w+/.exec(address)[0]
    await page.goto(`/admin/inboxes/${inbox}/status`)
    const fact = (label) =>
      page.locator('dt', { hasText: label }).locator('xpath=following-sibling::dd[1]')
    await soon(async () => assert.equal(await fact(channel.refused).textContent(), '2'))
    assert.match(await fact(channel.refusedWhy).textContent(), /signature/)
    assert.deepEqual(await axe(page), [])
    const { pathname: path } = new URL(page.url())
    const other = await desk.person(product, { path, locale: 'fa', theme: 'dark' })
    await other.getByText(words('fa', 'admin-inboxes').channel.refusedWhy).waitFor()
    assert.deepEqual(await axe(other), [])
    await other.goto(path.replace('status', 'connection'))
    await other.getByText(words('fa', 'admin-inboxes').channel.hook).first().waitFor()
    await button(other, words('fa', 'admin-inboxes').inboxes.test).click()
    await other.getByText(words('fa', 'admin').kit.testGood).waitFor()
    assert.deepEqual(await axe(other), [])
    assert.deepEqual([...page.wrong, ...other.wrong], [])
  },
)

test('events go out signed, are logged, and go out again', { skip }, async () => {
  const { webhooks: say } = words('en', 'admin-links')
  const page = await desk.person(product, { path: '/admin/webhooks' })
  await page.getByRole('link', { name: say.new }).click()
  const editor = page.getByRole('dialog', { name: say.new })
  await editor.getByLabel(say.url).fill(`${receiver.base}/events`)
  await editor.getByLabel(say.description).fill('The shop')
  await editor.getByLabel(say.kinds).selectOption('some')
  await editor.getByLabel('ticket.created', { exact: true }).check()
  assert.deepEqual(await axe(page), [])
  await button(editor, 'Create').click()
  const shown = page.getByRole('dialog', { name: say.secretTitle })
  const secret = await shown.getByLabel(say.secret, { exact: true }).textContent()
  assert.match(secret, /^whsec_/)
  assert.deepEqual(await axe(page), [])
  await button(shown, 'Done').click()
  await shown.waitFor({ state: 'hidden' })
  assert.ok(!(await everything(page)).includes(secret.slice(6)), 'the secret is still on the page')

  await button(page, say.test).click()
  await page.getByText(`Status 200 · noted by the shop`).waitFor()
  const ticket = await product.ticket('Sent along', 'Hello')
  const [first] = await soon(() => {
    const all = receiver.at('/events', secret).filter((it) => it.said.type === 'ticket.created')
    assert.equal(all.length, 1)
    assert.equal(JSON.stringify(all[0].said).includes(ticket.id), true)
    return all
  }, 30_000)
  await page.reload()
  const log = page.getByRole('table', { name: say.log })
  const row = log.locator('tbody tr', { hasText: 'ticket.created' })
  await row.getByText('200', { exact: true }).waitFor()
  await row.getByText('noted by the shop').waitFor()

  await page.getByRole('link', { name: say.replay }).click()
  await button(page.getByRole('dialog', { name: say.replay }), say.replay).click()
  await page.getByText(say.replayed).waitFor()
  await soon(() => {
    const again = receiver.at('/events', secret).filter((it) => it.id === first.id)
    assert.equal(again.length, 2, 'it did not come again')
    assert.deepEqual(again[1].said, again[0].said)
  }, 30_000)

  // A receiver that fails is told of, also to who reads Persian.
  receiver.status = 503
  await product.ticket('Nobody takes it', 'Hello')
  const fa = words('fa', 'admin-links').webhooks
  const { pathname: path } = new URL(page.url())
  const other = await desk.person(product, { path, locale: 'fa', theme: 'dark' })
  await soon(async () => {
    await other.reload()
    await other.getByText('503', { exact: true }).first().waitFor({ timeout: 2000 })
  }, 30_000)
  await other.getByText(fa.failing, { exact: true }).waitFor()
  assert.deepEqual(await axe(other), [])
  assert.deepEqual([...page.wrong, ...other.wrong], [])
})
