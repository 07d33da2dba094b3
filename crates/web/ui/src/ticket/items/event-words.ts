/**
 * Events of the types that come with the product, in the reader's language. The server keeps title
 * and labels as they were made; what somebody has worded otherwise stays as it is.
 */
import { useLanguage } from '@/i18n'
import { isolate, useFormat } from '@/i18n/format'

interface Words {
  type: string
  title: string
  fields: { label: string; value: string }[]
}

const TITLES: Record<string, RegExp> = {
  'order.placed': /^Order (?<what>.+) placed$/,
  'order.shipped': /^Order (?<what>.+) shipped$/,
  'page.viewed': /^Looked at (?<what>.+)$/,
  'call.finished': /^Call, (?<what>.+) seconds$/,
  'survey.responded': /^Survey answered: (?<what>.+)$/,
  'review.posted': /^Review: (?<what>.+) of (?<of>.+)$/,
  'social.mentioned': /^Mentioned us on (?<what>.+)$/,
}
const LABELS: Record<string, string> = {
  Address: 'address',
  Carrier: 'carrier',
  Direction: 'direction',
  Number: 'number',
  Page: 'page',
  Post: 'post',
  Product: 'product',
  Recording: 'recording',
  Score: 'score',
  Survey: 'survey',
  Total: 'total',
  Tracking: 'tracking',
  'Tracking number': 'trackingNumber',
}

export function useEventWords() {
  const { t } = useLanguage()
  const { amount, number } = useFormat()
  return {
    titleOf(event: Pick<Words, 'type' | 'title'>): string {
      const found = TITLES[event.type]?.exec(event.title)?.groups
      if (!found) return event.title
      // The number of an order is a name; other numbers are counted.
      const said = (it = '') =>
        isolate(/^\d+(\.\d+)?$/.test(it) && !event.type.startsWith('order') ? number(+it) : it)
      const values = { what: said(found.what), of: said(found.of) }
      return t(`ticket.event.title.${event.type.replace('.', '_')}`, values)
    },
    /** What was not told stands as a dash: that is no news. */
    rowsOf: (event: Words) =>
      event.fields
        .filter((it) => !['', '—'].includes(it.value.trim()))
        .map(({ label, value }) => {
          const known = event.type in TITLES && LABELS[label]
          return {
            label: known ? t(`ticket.event.label.${known}`) : label,
            value: amount(value.trim()),
          }
        }),
  }
}
