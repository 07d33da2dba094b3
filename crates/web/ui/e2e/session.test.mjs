// Coming in, staying in, and what happens to a page whose session has ended.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axe, Desk, missing, PASSWORD, Product, signIn } from './kit.mjs'

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

test('a wrong password is told, the right one opens what was asked for', { skip }, async () => {
  const page = await desk.person(product, { email: null })
  await page.goto('/customers')
  await page.waitForURL(/sign-in\?next=\/customers/)
  await page.getByLabel('E-mail address').fill('admin@localhost')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').getByText('Address or password is wrong.').waitFor()
  assert.deepEqual(await axe(page), [])
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/customers')
  assert.deepEqual(page.wrong, [])
})

test('a link cannot lead to another site after signing in', { skip }, async () => {
  const page = await desk.person(product, { email: null })
  await signIn(page, 'admin@localhost', '/sign-in?next=//evil.example/')
  assert.equal(new URL(page.url()).origin, product.base)
})

test('a reload stays signed in, and no script can read the session', { skip }, async () => {
  const page = await desk.person(product, { path: '/customers' })
  await page.reload()
  await page.getByRole('navigation').first().waitFor()
  const seen = await page.evaluate(
    () => document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }),
  )
  assert.doesNotMatch(seen, /token|ey[A-Z]|session=/i)
  assert.deepEqual(page.wrong, [])
})

test('signing out ends it, also for the back button', { skip }, async () => {
  const page = await desk.person(product, { path: '/customers' })
  await page.getByRole('button', { name: /^Your account/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await page.goto('/customers')
  await page.waitForURL(/sign-in/)
})
