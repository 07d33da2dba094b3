import { expect, test } from 'vitest'
import { languageName, largest, localTime, money, smallest } from './words'

test('languages have names, and what is none stays as it is', () => {
  expect(languageName('tr', 'en')).toBe('Turkish')
  expect(languageName('not a tag', 'en')).toBe('not a tag')
})

test('the clock of a zone, or none', () => {
  expect(localTime('Europe/Istanbul', 'en', Date.UTC(2026, 10, 23, 12, 0))).toContain('3:00')
  expect(localTime('Nowhere/Land', 'en', 0)).toBeNull()
  expect(localTime(null, 'en', 0)).toBeNull()
})

test('amounts are in the smallest unit of their currency', () => {
  expect(money(12345, 'EUR', 'en')).toBe('€123.45')
  expect(money(500, 'JPY', 'en')).toBe('¥500')
  expect(smallest('123,45', 'EUR')).toBe(12345)
  expect(smallest('x', 'EUR')).toBeNull()
  expect(largest(12345, 'EUR')).toBe('123.45')
})
