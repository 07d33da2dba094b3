// Two records of one customer: suggested with a reason, shown as one before, made one, and two again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axe, Desk, focused, PERSIAN_DARK, missing, Product, soon } from './kit.mjs'

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

let last = 10
/** She called once, and wrote later: her mail names the number of the call. */
async function twice(name) {
  const number = `+905321234${++last}0`
  const mail = `${name.toLowerCase()}@example.com`
  const phone = { kind: 'phone', value: number }
  const called = await product.call('POST', '/tickets', {
    subject: `${name} called`,
    body: 'Where is my parcel?',
    customer: { identities: [phone] },
  })
  const wrote = await product.call('POST', '/tickets', {
    subject: `${name} wrote`,
    body: 'It has come, thank you.',
    customer: { identities: [{ kind: 'email', value: mail }, phone] },
  })
  await product.call('PATCH', `/customers/${called.customer}`, { name: `${name} by phone` })
  await product.call('PATCH', `/customers/${wrote.customer}`, { name: `${name} by mail` })
  assert.notEqual(called.customer, wrote.customer)
  const read = (it) => product.call('GET', `/customers/${it.customer}`)
  return { called, wrote, mail, number, before: [await read(called), await read(wrote)] }
}
const canonical = async (it) => (await product.call('GET', `/customers/${it.customer}`)).id
const panel = (page) => page.getByRole('region', { name: 'Customer', exact: true })
const timeline = (page) => page.getByRole('region', { name: 'Timeline' })
const part = (page, name) =>
  panel(page)
    .locator('section')
    .filter({ has: page.getByRole('button', { name }) })
const dialog = (page) => page.getByRole('dialog', { name: 'Make two customers one' })

/** What makes a customer, but not when it was touched. */
const essence = (it) => ({
  id: it.id,
  name: it.name,
  merged: it.merged_ids,
  identities: it.identities.map((one) => one.value).sort(),
})

test(
  'a suggested duplicate becomes one customer with one timeline, and two again',
  { skip },
  async () => {
    const elif = await twice('Elif')
    const page = await desk.person(product, { path: `/customers/${elif.wrote.customer}` })
    await timeline(page).getByText('It has come, thank you.').waitFor()
    const suggested = part(page, /Perhaps the same person/)
    await suggested.getByText(/^Named beside each other \(Telephone\): .*\d{4}/).waitFor()
    await suggested.getByText('Elif by phone').waitFor()
    assert.match(await suggested.innerText(), /\d+ %/)
    await suggested.getByRole('button', { name: 'Compare' }).click()
    const preview = dialog(page)
    await preview.getByText('2 tickets together').waitFor()
    for (const it of [elif.mail, elif.number])
      await preview.getByText(it.startsWith('+') ? /\+90 ?532/ : it).waitFor()
    assert.deepEqual(await axe(page), [])
    await preview.getByRole('button', { name: 'Merge', exact: true }).click()
    await preview.waitFor({ state: 'hidden' })
    await page.getByText('They are one customer now.').waitFor()
    assert.equal(await canonical(elif.called), await canonical(elif.wrote))
    // One timeline, whichever of the two is asked for.
    for (const id of [elif.called.customer, elif.wrote.customer]) {
      await page.goto(`/customers/${id}`)
      await timeline(page).getByText('Where is my parcel?').waitFor()
      await timeline(page).getByText('It has come, thank you.').waitFor()
    }
    assert.equal(await part(page, /Perhaps the same person/).count(), 0)

    const merged = part(page, /Merged records/)
    await merged.getByRole('button', { name: /Merged records/ }).click()
    await merged.getByText('as suggested').waitFor()
    await merged.getByRole('button', { name: 'Unmerge' }).click()
    const asked = page.getByRole('alertdialog', { name: 'Make them two customers again?' })
    assert.deepEqual(await axe(page), [])
    await asked.getByRole('button', { name: 'Unmerge' }).click()
    await page.getByText('They are two customers again.').waitFor()
    await soon(async () => assert.notEqual(await focused(page), null, 'nothing has the focus'))
    const now = await Promise.all(
      [elif.called, elif.wrote].map((it) => product.call('GET', `/customers/${it.customer}`)),
    )
    assert.deepEqual(now.map(essence), elif.before.map(essence))
    await page.goto(`/customers/${elif.wrote.customer}`)
    await timeline(page).getByText('It has come, thank you.').waitFor()
    assert.equal(await timeline(page).getByText('Where is my parcel?').count(), 0)
    assert.equal(await part(page, /Perhaps the same person/).count(), 0, 'it is suggested again')
    assert.deepEqual(page.wrong, [])
    await page.context().close()
  },
)

test('who only looks changes nothing, and may choose whose name stays', { skip }, async () => {
  const deniz = await twice('Deniz')
  const page = await desk.person(product, { path: `/inbox/all/${deniz.wrote.number}` })
  const suggested = part(page, /Perhaps the same person/)
  const compare = suggested.getByRole('button', { name: 'Compare' })
  const leave = [
    () => page.keyboard.press('Escape'),
    () => dialog(page).getByRole('button', { name: 'Cancel' }).click(),
    () => dialog(page).getByRole('button', { name: 'Close' }).click(),
  ]
  for (const away of leave) {
    await compare.click()
    await dialog(page).getByText('2 tickets together').waitFor()
    await dialog(page).getByLabel('Deniz by phone').check()
    await dialog(page).locator('p', { hasText: 'Deniz by phone' }).waitFor()
    await away()
    await dialog(page).waitFor({ state: 'hidden' })
    await soon(async () => assert.equal((await focused(page))?.name, 'Compare'))
  }
  const now = await Promise.all(
    [deniz.called, deniz.wrote].map((it) => product.call('GET', `/customers/${it.customer}`)),
  )
  assert.deepEqual(now, deniz.before)
  await compare.waitFor()
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})

test(
  'two that nothing suggests are found, merged beside a ticket, and undone at once',
  { skip },
  async () => {
    const first = await product.ticket('One of two', 'First words', {
      email: 'mina@example.com',
      name: 'Mina Rad',
    })
    const second = await product.ticket('Two of two', 'Second words', {
      email: 'm.rad@example.org',
      name: 'Mina R.',
    })
    const page = await desk.person(product, { path: `/inbox/all/${first.number}` })
    await timeline(page).getByText('First words').waitFor()
    const merged = part(page, /Merged records/)
    await merged.getByRole('button', { name: /Merged records/ }).click()
    await merged.getByRole('button', { name: 'Merge with another' }).click()
    await dialog(page).getByLabel('Find the other customer').fill('m.rad@')
    await dialog(page)
      .getByRole('button', { name: /Mina R\./ })
      .click()
    await dialog(page).getByText('2 tickets together').waitFor()
    assert.notEqual(await focused(page), null, 'nothing has the focus in the dialog')
    await dialog(page).getByRole('button', { name: 'Merge', exact: true }).click()
    await page.getByText('They are one customer now.').waitFor()
    await part(page, /Other tickets/)
      .getByText('Two of two')
      .waitFor()
    assert.equal(await canonical(first), await canonical(second))
    await page.getByRole('status').getByRole('button', { name: /^Undo/ }).click()
    await page.getByText('They are two customers again.').waitFor()
    await soon(async () => assert.notEqual(await canonical(first), await canonical(second)))
    await soon(async () =>
      assert.equal(
        await part(page, /Other tickets/)
          .getByText('Two of two')
          .count(),
        0,
      ),
    )
    assert.deepEqual(page.wrong, [])
    await page.context().close()
  },
)

test('the preview is as good in Persian and dark', { skip }, async () => {
  const arash = await twice('Arash')
  const path = `/customers/${arash.wrote.customer}`
  const page = await desk.person(product, { path, ...PERSIAN_DARK })
  await page.getByRole('button', { name: 'مقایسه' }).click()
  await page.getByRole('dialog', { name: 'ادغام دو مشتری' }).getByText(arash.mail).waitFor()
  assert.deepEqual(await axe(page), [])
  assert.deepEqual(page.wrong, [])
  await page.context().close()
})
