// Mail that comes and is answered, and words that nothing may lose.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Desk, MailServers, missing, PASSWORD, Product, signIn, soon } from './kit.mjs'

const skip = missing() ?? false
let product, desk, mail
before(async () => {
  if (skip) return
  // A session whose end can be waited for.
  product = await Product.start({ THROUGHLINE__AUTH__ACCESS_TOKEN_MINUTES: '1' })
  await product.agent('Deniz Arslan', 'deniz@example.com')
  desk = await Desk.open()
  mail = await MailServers.start()
  if (mail) await connectMailbox()
})
after(async () => {
  await desk?.close()
  mail?.stop()
  await product?.stop()
})

async function connectMailbox() {
  const inbox = await product.call('POST', '/inboxes', {
    name: 'Support',
    channel: 'email',
    address: 'anna@example.test',
  })
  const { imap, smtp } = mail.ports
  const server = { host: '127.0.0.1', security: 'plain' }
  await product.call('PUT', `/inboxes/${inbox.id}/email`, {
    incoming: {
      ...server,
      port: imap,
      sign_in: 'password',
      user: 'anna@example.test',
      password: 'open sesame',
      poll_seconds: 10,
    },
    outgoing: { ...server, port: smtp, sign_in: 'none' },
    undo_seconds: 8,
  })
}

const reply = (page) => page.getByRole('textbox', { name: 'Reply to the customer' })
const send = (page) => page.getByRole('button', { name: 'Send', exact: true })
const at = (ticket) => `/inbox/all/${ticket.number}`

test('a mail appears without a reload and is answered', { skip }, async (t) => {
  if (!mail) return t.skip('Dovecot is missing')
  const page = await desk.person(product, { path: '/inbox/open' })
  await mail.deliver(
    [
      'From: Zeynep Şahin <zeynep@example.com>',
      'To: anna@example.test',
      'Subject: Kargom nerede',
      'Message-ID: <where@example.com>',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Siparişim hâlâ gelmedi.',
    ].join('\n'),
  )
  await page.getByText('Kargom nerede').first().click({ timeout: 90_000 })
  await page.getByText('Siparişim hâlâ gelmedi.').last().waitFor()
  await reply(page).fill('Bugün yola çıktı.')
  await send(page).click()
  await soon(async () => {
    const [sent] = await mail.sent()
    assert.match(sent ?? '', /Subject: Re: Kargom nerede/)
    assert.match(sent, /To: .*zeynep@example.com/)
  }, 30_000)
  assert.deepEqual(page.wrong, [])
})

test('what is sent can be taken back for some seconds', { skip }, async (t) => {
  if (!mail) return t.skip('Dovecot is missing')
  const before = (await mail.sent()).length
  await mail.deliver(
    'From: Ali <ali@example.com>\nTo: anna@example.test\nSubject: Taken back\nMessage-ID: <ali@example.com>\n\nHello?',
  )
  const page = await desk.person(product, { path: '/inbox/open' })
  await page.getByText('Taken back').first().click({ timeout: 30_000 })
  await reply(page).fill('This is not what I meant')
  await send(page).click()
  await page.getByRole('button', { name: /^Undo/ }).first().click()
  await soon(async () => assert.equal(await reply(page).inputValue(), 'This is not what I meant'))
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  assert.equal((await mail.sent()).length, before, 'it went out')
  assert.deepEqual(page.wrong, [])
})

test('a draft outlives its tab', { skip }, async () => {
  const ticket = await product.ticket('Half written', 'Are you there?')
  const page = await desk.person(product, { path: at(ticket) })
  await reply(page).fill('Yes, we are')
  await page.close()
  const other = await desk.person(product, { path: at(ticket) })
  await soon(async () => assert.equal(await reply(other).inputValue(), 'Yes, we are'))
  assert.deepEqual(other.wrong, [])
})

test('what is written without a connection is there when it is back', { skip }, async () => {
  const ticket = await product.ticket('In a tunnel', 'Is it open on Sunday?')
  const page = await desk.person(product, { path: at(ticket) })
  await reply(page).waitFor()
  await page.context().setOffline(true)
  await reply(page).fill('Yes, from ten to four.')
  await send(page).click()
  await page.getByText('Yes, from ten to four.').first().waitFor()
  await page.context().setOffline(false)
  await soon(async () => {
    const { items } = await product.call('GET', `/tickets/${ticket.id}/items`)
    assert.equal(items.filter((it) => it.body === 'Yes, from ten to four.').length, 1)
  }, 45_000)
  assert.deepEqual(page.wrong, [])
})

test('what waits for a connection goes out from another page, too', { skip }, async () => {
  const ticket = await product.ticket('Behind a wall', 'Do you ship to Van?')
  const page = await desk.person(product, { path: at(ticket) })
  await reply(page).waitFor()
  const replies = '**/api/v1/tickets/*/replies'
  await page.route(replies, (route) => route.abort())
  await reply(page).fill('We do.')
  await send(page).click()
  await page.getByText('We do.').first().waitFor()
  await page.goto('/customers')
  await page.getByRole('heading', { name: 'Customers' }).waitFor()
  await page.unroute(replies)
  await soon(async () => {
    const { items } = await product.call('GET', `/tickets/${ticket.id}/items`)
    assert.equal(items.filter((it) => it.body === 'We do.').length, 1)
  }, 45_000)
  await page.getByRole('button', { name: `Open #${ticket.number}` }).waitFor()
  assert.deepEqual(page.wrong, [])
})

test('a session that ends while writing loses no word', { skip }, async () => {
  const ticket = await product.ticket('A long answer', 'Please explain it all.')
  const page = await desk.person(product, { email: 'deniz@example.com', path: at(ticket) })
  await reply(page).fill('It is a long story')
  // An admin ends all sessions of the agent; the page learns it when its access token is over.
  const { items } = await product.call('GET', '/agents')
  const deniz = items.find((it) => it.email === 'deniz@example.com')
  await product.call('POST', `/agents/${deniz.id}/password`, { new: PASSWORD })
  await page
    .getByRole('alertdialog')
    .getByText('Your session has ended')
    .waitFor({ timeout: 120_000 })
  await page.getByRole('alertdialog').getByLabel('Password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.getByRole('alertdialog').waitFor({ state: 'hidden' })
  assert.equal(await reply(page).inputValue(), 'It is a long story')
  await send(page).click()
  await soon(async () => {
    const { items } = await product.call('GET', `/tickets/${ticket.id}/items`)
    assert.equal(items.filter((it) => it.body === 'It is a long story').length, 1)
  }, 20_000)
  assert.deepEqual(page.wrong, [])
})

test(
  'two who answer at once see each other, and nothing is sent past the customer',
  { skip },
  async (t) => {
    if (!mail) return t.skip('Dovecot is missing')
    const from = 'From: Can <can@example.com>\nTo: anna@example.test\n'
    await mail.deliver(
      `${from}Subject: Both at once\nMessage-ID: <can1@example.com>\n\nWho answers me?`,
    )
    const one = await desk.person(product, { path: '/inbox/open' })
    await one.getByText('Both at once').first().click({ timeout: 30_000 })
    await reply(one).fill('I am on it')
    const path = new URL(one.url()).pathname
    const two = await desk.person(product, { email: 'deniz@example.com', path })
    await reply(two).fill('So am I')
    await one.getByText(/Deniz Arslan.* is writing a reply/).waitFor({ timeout: 30_000 })
    await mail.deliver(
      `${from}Subject: Re: Both at once\nMessage-ID: <can2@example.com>\nIn-Reply-To: <can1@example.com>\n\nNo need, I found it.`,
    )
    await one.getByText('No need, I found it.').last().waitFor({ timeout: 30_000 })
    await send(one).click()
    await one.getByText('wrote while you were writing').waitFor()
    const ticket = await product.call('GET', `/tickets/by-number/${path.split('/').pop()}`)
    const { items } = await product.call('GET', `/tickets/${ticket.id}/items`)
    assert.ok(!items.some((it) => it.body === 'I am on it'), 'it was sent past the customer')
    assert.deepEqual([...one.wrong, ...two.wrong], [])
  },
)

test('the guard says what the customer has already told', { skip }, async () => {
  const ticket = await product.ticket('Where is it', 'My order number is TR-4417, where is it?')
  const page = await desk.person(product, { path: at(ticket) })
  await reply(page).fill('Could you tell me your order number?')
  await page.getByText(/The customer has already told/).waitFor({ timeout: 20_000 })
  await page.getByText('TR-4417').last().waitFor()
  await page.getByRole('button', { name: 'Insert the answer' }).first().click()
  assert.match(await reply(page).inputValue(), /TR-4417/)
  assert.deepEqual(page.wrong, [])
})

test('signing in again as somebody else shows nothing of the one before', { skip }, async () => {
  const page = await desk.person(product, { path: '/profile' })
  await page.getByRole('button', { name: /^Your account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await signIn(page, 'deniz@example.com', '/profile')
  await page.getByText('deniz@example.com').waitFor()
  assert.equal(await page.getByText('admin@localhost').count(), 0)
})
