/** What the rows of one timeline share. */
import { inject, provide, type ComputedRef, type InjectionKey, type Ref } from 'vue'
import type { Schemas } from '@/api/client'
import type { Directory } from '../directory'
import type { Item } from './entries'

export interface TimelineContext {
  customerId: Ref<string>
  /** The ticket in front, if there is one. */
  ticketId: Ref<string | undefined>
  customerName: ComputedRef<string | null>
  directory: Directory
  tickets: ComputedRef<Map<string, Schemas['TicketOut']>>
  pins: ComputedRef<ReadonlySet<string>>
  /** The words that are searched for, plain. */
  words: ComputedRef<string[]>
  filtered: ComputedRef<boolean>
  /** The item to which a link has led. */
  highlighted: Ref<string | null>
  /** The part that scrolls. */
  scroller: Ref<HTMLElement | null>
  renew: (item: Item) => void
  /** Leads to an item, wherever it stands. */
  show: (item: string) => void
  /** Reads again what a change of items may have moved. */
  refresh: () => void
}

const KEY: InjectionKey<TimelineContext> = Symbol('timeline')
export const provideTimeline = (context: TimelineContext): void => provide(KEY, context)

export function useTimelineContext(): TimelineContext {
  const context = inject(KEY)
  if (!context) throw new Error('outside of a timeline')
  return context
}
