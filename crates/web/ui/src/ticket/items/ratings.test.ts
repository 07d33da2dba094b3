import { expect, test } from 'vitest'
import type { Item } from '../timeline/entries'
import { ratingOf } from './ratings'

const item = (kind: string, data: object, rating: object | null = null) =>
  ({ kind, event: { data, rating } }) as unknown as Item

test('a rating is what its type says, or a number with its scale', () => {
  const known = { metric: 'nps', value: 9, least: 0, most: 10 }
  expect(ratingOf(item('survey_response', {}, known))).toBe(known)
  expect(ratingOf(item('survey_response', { score: 7, scale: 10 }))).toMatchObject({
    value: 7,
    most: 10,
    metric: null,
  })
  expect(ratingOf(item('review', { rating: '4', scale: 5 }))).toMatchObject({ metric: 'stars' })
  expect(ratingOf(item('review', { rating: 4 }))).toBeNull()
  expect(ratingOf(item('order', { score: 4, scale: 5 }))).toBeNull()
})
