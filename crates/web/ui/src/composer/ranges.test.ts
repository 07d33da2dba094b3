import { expect, test } from 'vitest'
import { stretch } from './ranges'

test('bytes of the server are places of the field', () => {
  const text = '😀 Çok iyi. Sipariş?'
  const bytes = new TextEncoder().encode(text)
  const start = new TextEncoder().encode('😀 Çok iyi. ').length
  const found = stretch(text, { start, end: bytes.length })
  expect(text.slice(found.start, found.end)).toBe('Sipariş?')
})
