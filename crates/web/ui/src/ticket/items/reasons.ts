/** The rules by which items found their place, in words for people. */
import type { Schemas } from '@/api/client'
import { isolate } from '@/i18n/format'

type Reason = Schemas['ReasonOut']

export interface Telling {
  t: (key: string, values?: Record<string, unknown>) => string
  te: (key: string) => boolean
  /** An agent or key by what events name it. */
  nameOf: (by: string | null | undefined) => string
  numberOf: (ticket: string) => number | undefined
}

function told(
  kind: 'owner' | 'thread',
  reason: Reason,
  { t, te, nameOf, numberOf }: Telling,
): string {
  const number = reason.number ?? (reason.ticket ? numberOf(reason.ticket) : undefined)
  const values = {
    address: isolate(reason.address ?? reason.identity?.value ?? ''),
    who: isolate(nameOf(reason.by)),
    ticket: number ? isolate(`#${number}`) : t('ticket.why.another'),
    mail: isolate(reason.mail_id ?? ''),
    header: isolate(reason.header === 'references' ? 'References' : 'In-Reply-To'),
    conversation: isolate(reason.conversation ?? ''),
  }
  const key = `ticket.why.${kind}Rules.${reason.rule}`
  if (!te(key)) return t('ticket.why.byRule', { rule: isolate(reason.rule) })
  const sure = reason.identity?.proof
  const words = t(key, values)
  return kind === 'owner' && sure && sure !== 'none'
    ? `${words} ${t(`ticket.why.proof.${sure}`)}`
    : words
}

export const ownerWords = (reason: Reason, telling: Telling): string =>
  told('owner', reason, telling)
export const threadWords = (reason: Reason, telling: Telling): string =>
  told('thread', reason, telling)
