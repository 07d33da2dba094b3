/** Changes of a ticket as sentences. */
import type { Schemas } from '@/api/client'
import { isolate } from '@/i18n/format'
import type { Directory } from '../directory'

type Translate = (key: string, values?: Record<string, unknown>, count?: number) => string
type Change = Schemas['FieldChangeOut']

const namesIn = (list: string | null | undefined): string[] =>
  (list ?? '')
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean)

/** Which tags came and went. */
export function tagChange(change: Change): { added: string[]; removed: string[] } {
  const [before, after] = [namesIn(change.from), namesIn(change.to)]
  return {
    added: after.filter((it) => !before.includes(it)),
    removed: before.filter((it) => !after.includes(it)),
  }
}

const PRIORITIES = ['low', 'normal', 'high', 'urgent']

export function sentencesOf(
  changes: Change[],
  who: { id: string | null; name: string },
  t: Translate,
  directory: Pick<Directory, 'nameOf' | 'statusNamed'>,
): string[] {
  const by = isolate(who.name)
  const nobody = t('ticket.change.nothing')
  const priority = (it: string | null | undefined) =>
    it && PRIORITIES.includes(it) ? t(`priority.${it}`) : (it ?? nobody)
  const listed = (names: string[]) => names.map(isolate).join(', ')

  return changes.flatMap((change): string[] => {
    const { field, from, to } = change
    const values = (word: (it: string | null | undefined) => string) => ({
      who: by,
      from: isolate(word(from)),
      to: isolate(word(to)),
    })
    switch (field) {
      case 'status':
        return [
          t(
            'ticket.change.status',
            values((it) => (it ? directory.statusNamed(it) : nobody)),
          ),
        ]
      case 'priority':
        return [t('ticket.change.priority', values(priority))]
      case 'subject':
        return [
          t(
            'ticket.change.subject',
            values((it) => it ?? nobody),
          ),
        ]
      case 'assignee_agent':
      case 'assignee_team': {
        if (!to) return [t('ticket.change.unassigned', { who: by })]
        if (to === who.id) return [t('ticket.change.took', { who: by })]
        const kind = field === 'assignee_team' ? 'team' : 'agent'
        const name = directory.nameOf(to) ?? t(`ticket.who.${kind}`)
        return [t('ticket.change.assigned', { who: by, to: isolate(name) })]
      }
      case 'tags': {
        const { added, removed } = tagChange(change)
        const said: string[] = []
        if (added.length)
          said.push(t('ticket.change.tagged', { who: by, tags: listed(added) }, added.length))
        if (removed.length)
          said.push(t('ticket.change.untagged', { who: by, tags: listed(removed) }, removed.length))
        return said
      }
      default:
        return [
          t('ticket.change.other', { field: isolate(field), ...values((it) => it ?? nobody) }),
        ]
    }
  })
}
