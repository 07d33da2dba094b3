// The main journey by keys alone: there is no call of a mouse in this file. Nothing may lose the
// focus, trap it or hide where it is.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axe, Desk, focused, PERSIAN_DARK, missing, PASSWORD, Product, soon } from './kit.mjs'

const skip = missing() ?? false
let product, desk, inbox, deniz
before(async () => {
  if (skip) return
  product = await Product.start()
  desk = await Desk.open()
  await product.call('DELETE', '/demo')
  await product.agent('Deniz Arslan', 'deniz@example.com')
  const { items } = await product.call('GET', '/agents')
  deniz = items.find((it) => it.email === 'deniz@example.com')
  inbox = await sendingInbox()
})
after(async () => {
  await desk?.close()
  await product?.stop()
})

/** Mails wait in it for half a minute: long enough to take one back, and none ever leaves. */
async function sendingInbox() {
  const made = await product.call('POST', '/inboxes', {
    name: 'Support',
    channel: 'email',
    address: 'support@example.test',
  })
  await product.call('PUT', `/inboxes/${made.id}/email`, {
    outgoing: { host: '127.0.0.1', port: 9, security: 'plain', sign_in: 'none' },
    undo_seconds: 30,
  })
  return made.id
}
const ticket = (subject, email) =>
  product.call('POST', '/tickets', {
    subject,
    body: `A question: ${subject}`,
    customer: { email, name: email.split('@')[0] },
    inbox,
  })
const itemsOf = async (it) => (await product.call('GET', `/tickets/${it.id}/items`)).items
const read = (it) => product.call('GET', `/tickets/${it.id}`)

/** Somebody who has nothing but keys; after each of them something has the focus. */
function typist(page) {
  const held = (after) =>
    soon(async () => {
      const it = await focused(page)
      assert.ok(it, `nothing has the focus after ${after}`)
      return it
    }, 2000)
  async function press(...keys) {
    for (const key of keys) await page.keyboard.press(key)
    return held(keys.join(' '))
  }
  /** By Tab to what bears this name; each stop on the way has to be seen. */
  async function tabTo(name, { most = 60, back = false } = {}) {
    let before = null
    for (let n = 0; n < most; n++) {
      await page.keyboard.press(back ? 'Shift+Tab' : 'Tab')
      const at = await focused(page)
      if (at) {
        assert.ok(at.visible, `nobody sees that ${at.tag} "${at.name}" has the focus`)
        if (name.test(at.name)) return at
      }
      before = at
    }
    throw new Error(`${name} is not reached in ${most} steps; the last was ${before?.name}`)
  }
  async function at(name, within = 3000) {
    return soon(async () => {
      const it = await focused(page)
      assert.match(it?.name ?? 'nothing', name)
      return it
    }, within)
  }
  async function toTimeline() {
    await press('r')
    await at(/Reply to the customer/)
    await press('Escape')
    return at(/Timeline/)
  }
  return { press, tabTo, at, held, toTimeline, write: (text) => page.keyboard.type(text) }
}
const dialog = (page, name) => page.getByRole('dialog', { name })
const toast = (page, text) => page.getByRole('status').getByText(text).last()
const shows = (page, it) => page.locator(`[data-ticket="${it.number}"]`).waitFor()

test('from signing in to an answer, by keys alone', { skip }, async () => {
  const older = await ticket('Which size fits', 'ada@example.com')
  const newer = await ticket('Where is my parcel', 'bo@example.com')
  const page = await desk.person(product, { email: null })
  const { press, tabTo, at, write } = typist(page)
  await page.goto('/')
  await page.waitForURL(/sign-in/)
  await tabTo(/E-mail address/)
  await write('admin@localhost')
  await press('Tab')
  await write(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/inbox\/open$/)
  await page.getByRole('row').first().waitFor()

  // The list: down, up, and into a ticket.
  await press('j')
  const active = page.locator('.list-row-active .list-row-link')
  await active.getByText(newer.subject).waitFor()
  assert.ok((await at(/All open/)).visible, 'the row that keys act on cannot be seen')
  await press('j')
  await active.getByText(older.subject).waitFor()
  await press('Enter')
  await shows(page, older)
  await press('k')
  await shows(page, newer)
  await page.getByText('A question: Where is my parcel').last().waitFor()

  // A reply, in which letters are letters.
  await press('r')
  await at(/Reply to the customer/)
  await write('just next to arks: c p e / ? x')
  assert.match(page.url(), new RegExp(`/${newer.number}$`))
  assert.equal(await page.getByRole('menu').or(page.getByRole('dialog')).count(), 0)
  await press('Control+Enter')
  await toast(page, 'Your reply is on its way').waitFor()
  const field = page.getByRole('textbox', { name: 'Reply to the customer' })
  await soon(async () => assert.equal(await field.inputValue(), ''))
  await press('Control+z')
  await toast(page, 'Taken back').waitFor()
  await soon(async () => assert.equal(await field.inputValue(), 'just next to arks: c p e / ? x'))
  await at(/Reply to the customer/)
  const states = (await itemsOf(newer)).map((it) => it.message?.send_state)
  assert.ok(states.includes('cancelled'), `it was not taken back: ${states}`)
  await press('Control+a')
  await write('It is on its way.')
  await press('Control+Enter')
  await toast(page, 'Your reply is on its way').waitFor()
  // The word on the first one may still stand there: it does not tell that this one is stored.
  await soon(async () =>
    assert.ok((await itemsOf(newer)).some((it) => it.body === 'It is on its way.')),
  )

  // Out of the field, and a note.
  await press('Escape')
  assert.ok((await at(/Timeline/)).visible, 'it cannot be seen that the timeline has the focus')
  await press('n')
  await at(/Internal note/)
  await write('Asked the carrier.')
  await press('Control+Enter')
  await soon(async () =>
    assert.ok((await itemsOf(newer)).some((it) => it.body === 'Asked the carrier.')),
  )
  await at(/Internal note/)
  await press('Escape')
  await at(/Timeline/)

  // Whose it is, how it stands, how pressing it is, and what it is about.
  await press('a')
  await toast(page, /Assigned to/).waitFor()
  await page.keyboard.press('s')
  await page.getByRole('menu', { name: 'Status' }).waitFor()
  assert.ok((await at(/Open/)).visible, 'the chosen status cannot be seen')
  await press('ArrowDown')
  await press('Enter')
  assert.ok((await at(/Status: Waiting/)).visible)
  await page.keyboard.press('p')
  await page.getByRole('menu', { name: 'Priority' }).waitFor()
  await page.keyboard.type('Urg')
  await press('Enter')
  await at(/Priority: Urgent/)
  await press('t')
  await at(/^Find or make a tag/)
  await write('parcel')
  await page.getByRole('option', { name: /parcel/ }).waitFor()
  await press('Enter')
  await page.getByRole('button', { name: /Remove the tag .*parcel/ }).waitFor()
  await press('Escape')
  assert.ok((await at(/tag/i)).visible)
  // Somebody else is to have it: by the palette, whose first line is taken by Enter.
  await press('Control+k')
  await write('assign to…')
  await page.getByRole('option', { name: 'Assign to…' }).waitFor()
  await page.keyboard.press('Enter')
  await at(/^Agent or team/)
  await write('den')
  await page.getByRole('option', { name: /Deniz Arslan/ }).waitFor()
  await press('Enter')
  await toast(page, /Assigned to .*Deniz Arslan/).waitFor()
  await soon(async () => {
    const now = await read(newer)
    assert.deepEqual(
      [now.category, now.priority, now.tags.map((it) => it.name)],
      ['waiting', 'urgent', ['parcel']],
    )
    assert.equal(now.assignee_agent, deniz.id)
  })
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('the palette leads everywhere and gives the focus back', { skip }, async () => {
  const first = await ticket('A red kettle', 'cem@example.com')
  const second = await ticket('A green kettle', 'dora@example.com')
  const page = await desk.person(product, { path: `/inbox/all/${first.number}` })
  const { press, at, write, held } = typist(page)
  await shows(page, first)
  const palette = dialog(page, 'Commands')

  // Opened while a text is written: the text and its place are there afterwards.
  await press('r')
  await at(/Reply to the customer/)
  await write('Half a se')
  await press('Control+k')
  await palette.waitFor()
  await at(/Find a command/)
  assert.deepEqual(await axe(page), [])
  await press('Escape')
  await palette.waitFor({ state: 'hidden' })
  await at(/Reply to the customer/)
  await write('ntence')
  const field = page.getByRole('textbox', { name: 'Reply to the customer' })
  assert.equal(await field.inputValue(), 'Half a sentence')

  await press('Control+k')
  await write('green kettle')
  await palette.getByRole('option', { name: /A green kettle/ }).waitFor()
  await press('Enter')
  await shows(page, second)
  await held('going to another ticket')
  assert.match(page.url(), new RegExp(`/${second.number}$`))

  await press('Control+k')
  await write('customers')
  await palette.getByRole('option', { name: 'Customers' }).waitFor()
  await press('Enter')
  await page.waitForURL('**/customers')
  await held('going to another page')

  // The sheet: opened from within a field, and the field has the focus again.
  await page.goBack()
  await shows(page, second)
  await press('r')
  await at(/Reply to the customer/)
  const sheet = dialog(page, 'Keyboard shortcuts')
  await press('Control+/')
  await sheet.getByText('Search and commands').waitFor()
  assert.deepEqual(await axe(page), [])
  assert.equal(await sheet.evaluate((it) => it.contains(document.activeElement)), true)
  await press('Escape')
  await sheet.waitFor({ state: 'hidden' })
  await at(/Reply to the customer/)
  await press('Escape')
  await press('?')
  await sheet.waitFor()
  await press('Escape')
  await sheet.waitFor({ state: 'hidden' })
  await at(/Timeline/)
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('Tab reaches all parts and is caught in none', { skip }, async () => {
  const it = await ticket('Round and round', 'eva@example.com')
  const page = await desk.person(product, { path: `/inbox/open/${it.number}` })
  const { press, at, toTimeline } = typist(page)
  await shows(page, it)
  await page
    .getByRole('region', { name: 'Customer', exact: true })
    .getByText('eva')
    .first()
    .waitFor()
  await page.waitForTimeout(500)
  // Behind the last part comes the window of the browser, and then the first part again.
  const seen = []
  let rounds = 0
  for (let n = 0; n < 250 && rounds < 2; n++) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    if (now && /^Skip to the content/.test(now.name)) rounds++
    if (now && rounds === 1) seen.push(now)
  }
  assert.equal(rounds, 2, `Tab goes round in ${seen.slice(-6).map((one) => one.name)}`)
  const hidden = seen.filter((one) => !one.visible).map((one) => `${one.tag} ${one.name}`)
  assert.deepEqual(hidden, [], 'nobody sees that these have the focus')
  for (const part of [/^Search or jump/, /^All open/, /^Timeline/, /^Reply to/, /^Contacts/])
    assert.ok(
      seen.some((one) => part.test(one.name)),
      `${part} is not reached`,
    )
  // The panel of the customer has its own key, wherever it stands.
  await press('c')
  assert.ok((await at(/^Customer/)).visible)
  await press('Tab')
  await at(/^eva/)
  await page.setViewportSize({ width: 1100, height: 800 })
  await toTimeline()
  await press('c')
  await dialog(page, 'Customer').waitFor()
  await press('Escape')
  await dialog(page, 'Customer').waitFor({ state: 'hidden' })
  await at(/Timeline/)
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('single keys are letters in every field', { skip }, async () => {
  const it = await ticket('Only letters', 'fay@example.com')
  const page = await desk.person(product, { path: `/inbox/open/${it.number}` })
  const { press, tabTo, at, write } = typist(page)
  await shows(page, it)
  const KEYS = 'jkxurnasptec?'
  await press('/')
  await at(/Search this timeline/)
  await write(KEYS)
  assert.equal(await page.evaluate(() => document.activeElement.value), KEYS)
  await press('Escape')
  await press('Escape')
  await at(/Timeline/)
  await tabTo(/^Search in these tickets/, { back: true })
  await write(KEYS)
  assert.equal(await page.evaluate(() => document.activeElement.value), KEYS)
  assert.equal(await page.getByRole('menu').or(page.getByRole('dialog')).count(), 0)
  assert.match(page.url(), new RegExp(`/${it.number}(\\?|$)`))
  const now = await read(it)
  assert.deepEqual([now.assignee_agent, now.status], [null, 'open'])
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('what goes gives the focus to what is beside it', { skip }, async () => {
  const it = await ticket('Three tags', 'gus@example.com')
  await product.call('PATCH', `/tickets/${it.id}`, { add_tags: ['one', 'two'] })
  const page = await desk.person(product, { path: `/inbox/open/${it.number}` })
  const { tabTo, at, press, held, toTimeline } = typist(page)
  await shows(page, it)
  await page.getByRole('button', { name: /Remove the tag .*two/ }).waitFor()
  await toTimeline()
  await tabTo(/Remove the tag .*one/, { back: true })
  await press('Enter')
  await page.getByRole('button', { name: /Remove the tag .*one/ }).waitFor({ state: 'detached' })
  await at(/Remove the tag .*two/)
  await press('Enter')
  await page.getByRole('button', { name: /Remove the tag .*two/ }).waitFor({ state: 'detached' })
  await held('taking the last tag off')
  await press('Control+z')
  await page.getByRole('button', { name: /Remove the tag .*two/ }).waitFor()
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test('palette and sheet are as good in Persian and dark', { skip }, async () => {
  const it = await ticket('Looked at', 'hal@example.com')
  const page = await desk.person(product, { path: `/inbox/open/${it.number}`, ...PERSIAN_DARK })
  await shows(page, it)
  for (const keys of ['Control+k', 'Control+/']) {
    await page.keyboard.press(keys)
    await page.getByRole('dialog').waitFor()
    assert.deepEqual(await axe(page), [], keys)
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})
