import { describe, expect, test } from 'vitest'
import { count, parts, smsParts } from './lengths'

describe('a text is counted as its platform counts', () => {
  test.each([
    ['code_points', 'añ😀', 3],
    ['utf16', 'añ😀', 4],
    ['bytes', 'añ😀', 7],
    ['graphemes', '👨‍👩‍👧é', 2],
    ['gsm', 'price 5€', 9],
    ['gsm', 'سلام', 4],
    ['weighted', 'see https://example.com/a/very/long/path', 27],
    ['weighted', '日本', 4],
    ['mastodon', 'hi @ana@example.social', 7],
    ['mastodon', 'https://example.com/a/very/long/path', 23],
  ])('%s of %j is %i', (unit, text, length) => expect(count(text, unit)).toBe(length))
})

test('text messages have parts', () => {
  expect(smsParts('a'.repeat(160))).toBe(1)
  expect(smsParts('a'.repeat(161))).toBe(2)
  expect(smsParts('ş'.repeat(71))).toBe(2)
})

test('what is too long goes in several messages', () => {
  expect(parts('', { most: 300, unit: 'graphemes' })).toBe(1)
  expect(parts('a'.repeat(301), { most: 300, unit: 'graphemes' })).toBe(2)
})
