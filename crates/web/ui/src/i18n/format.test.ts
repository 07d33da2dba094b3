import { expect, test } from 'vitest'
import { amount } from './format'

/** Without the marks of direction and with usual spaces. */
const plain = (text: string) => text.replace(/[\u200e\u200f\u061c]/g, '').replace(/\u00a0/g, ' ')

test('amounts are written as the reader writes them, and name their currency', () => {
  expect(plain(amount('1250 TRY', 'en'))).toBe('TRY 1,250.00')
  expect(plain(amount('1250.5 TRY', 'tr'))).toBe('TRY 1.250,50')
  expect(plain(amount('1250 TRY', 'fa'))).toBe('TRY ۱٬۲۵۰٫۰۰')
  expect(plain(amount('1250 IRT', 'en'))).toBe('IRT 1,250.00')
})

test('nothing of an amount is rounded away', () => {
  expect(plain(amount('123456789012345678.10 EUR', 'en'))).toBe('EUR 123,456,789,012,345,678.10')
  expect(plain(amount('0.0215 USD', 'en'))).toBe('USD 0.0215')
})

test('what is no amount stays as it is', () => {
  for (const text of ['34 ABC', '1.250,00 TRY', 'TRY', '1250', '12 try', ''])
    expect(amount(text, 'fa')).toBe(text)
})
