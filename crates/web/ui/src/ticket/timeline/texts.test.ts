import { describe, expect, test } from 'vitest'
import { marksOf, stretchesOf, wordsOf } from './marks'
import { segmentsOf } from './segments'

describe('marks', () => {
  test('words and phrases of a query', () => {
    expect(wordsOf('İade "kargo takip" sipar*')).toEqual(['iade', 'kargo takip', 'sipar'])
    expect(wordsOf('  ')).toEqual([])
  })

  test('case and accents do not count, the text stays as written', () => {
    expect(marksOf('Çağrı İADE', wordsOf('cagri iade'))).toEqual([
      { text: 'Çağrı', marked: true },
      { text: ' ', marked: false },
      { text: 'İADE', marked: true },
    ])
  })

  test('links end before the full stop', () => {
    expect(stretchesOf('See https://example.com/a.', []).map((it) => it.href ?? it.text)).toEqual([
      'See ',
      'https://example.com/a',
      '.',
    ])
  })
})

describe('segments', () => {
  const span = (start: number, end: number, kind = 'quote') => ({
    start,
    end,
    kind,
    rule: 'x',
    confidence: 1,
  })

  test('spans count code points', () => {
    expect(segmentsOf('👋🏽 hi\n> old', [span(6, 11)])).toEqual([
      { text: '👋🏽 hi', fold: null },
      { text: '> old', fold: 'quote' },
    ])
  })

  test('folds next to each other are one', () => {
    const text = 'new\n--\nme\n> old'
    expect(segmentsOf(text, [span(4, 9, 'signature'), span(10, 15)])).toEqual([
      { text: 'new', fold: null },
      { text: '--\nme\n\n> old', fold: 'signature' },
    ])
  })

  test('what is all quote is shown', () => {
    expect(segmentsOf('> old', [span(0, 5)])).toEqual([{ text: '> old', fold: null }])
  })
})
