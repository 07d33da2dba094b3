/** What a timeline is made of, and small questions about it. */
import type { Schemas } from '@/api/client'

export type Item = Schemas['ItemOut']
export type Entry = Schemas['EntryOut']
export type Message = Schemas['MessageOut']
export type Pushed = Schemas['PushedOut']

export const isItem = (entry: Entry): entry is Item => 'id' in entry

/** Entries that may not be read have no id: they are told apart by when they happened. */
export const keyOf = (entry: Entry): string =>
  isItem(entry) ? entry.id : `hidden ${entry.occurred_at} ${entry.kind} ${entry.channel}`

export const isOutbound = (item: Item): boolean => item.message?.direction === 'outbound'

/** Whose words they are, and where: what one writes in a row in one ticket stands together. */
export function voiceOf(item: Item): string {
  if (item.kind !== 'message' && item.kind !== 'note') return item.id
  const who = item.author.id ?? item.message?.from?.address ?? item.identity ?? ''
  return [
    item.ticket,
    item.kind,
    item.author.kind,
    who,
    item.channel,
    item.message?.direction,
  ].join(' ')
}

/** The reasons by which an item is where it is; either may be missing. */
export function reasonsOf(item: Item): {
  owner: Schemas['ReasonOut'] | null
  thread: Schemas['ReasonOut'] | null
} {
  return {
    owner:
      item.message?.owner_reason ?? item.event?.owner_reason ?? item.call?.owner_reason ?? null,
    thread: item.message?.thread_reason ?? null,
  }
}
