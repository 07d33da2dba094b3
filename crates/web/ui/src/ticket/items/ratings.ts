/** How something was rated, also where its type has not said which of its fields is a rating. */
import type { Schemas } from '@/api/client'
import type { Item } from '../timeline/entries'

export interface Rated {
  metric: Schemas['Metric'] | null
  value: number
  least: number | null
  most: number
}

const numberIn = (data: Record<string, unknown>, names: string[]): number | null => {
  const found = names.map((name) => Number(data[name] ?? Number.NaN)).find(Number.isFinite)
  return found ?? null
}

export function ratingOf(item: Pick<Item, 'kind' | 'event'>): Rated | null {
  const { event, kind } = item
  if (event?.rating) return event.rating
  if (!event || (kind !== 'review' && kind !== 'survey_response')) return null
  const data = event.data as Record<string, unknown>
  const value = numberIn(data, ['score', 'rating', 'stars'])
  const most = numberIn(data, ['scale', 'max', 'most'])
  // A number says nothing without its scale.
  if (value === null || most === null || value > most) return null
  return { metric: kind === 'review' && most <= 5 ? 'stars' : null, value, least: null, most }
}
