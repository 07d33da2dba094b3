/** The same by keys and by the palette. */
import { CheckCheck, CircleDot, Flag, Tag, UserRoundCheck, UserRoundPlus } from '@lucide/vue'
import { useLanguage } from '@/i18n'
import { useCommands, type Command } from '@/keyboard/commands'
import { useShortcuts } from '@/keyboard/shortcuts'
import type { Ticket } from '../useTicket'
import type { TicketDeeds, Way } from './useTicketDeeds'

export function useTicketCommands(props: { ticket: Ticket }, deeds: TicketDeeds, way: Way): void {
  const { t } = useLanguage()
  const { statuses, priorities, setStatus, setPriority, mine, takeIt, rarer } = deeds
  useShortcuts(() => [
    { keys: 's', run: () => way.open('status') },
    { keys: 'p', run: () => way.open('priority') },
    { keys: 't', run: () => way.open('tags') },
    { keys: 'a', run: takeIt },
    { keys: 'e', run: () => way.editSubject() },
  ])
  useCommands((): Command[] =>
    [
      ...(mine.value
        ? []
        : [
            {
              id: 'ticket-take',
              label: t('ticket.act.take'),
              keys: 'A',
              icon: UserRoundCheck,
              run: takeIt,
            },
          ]),
      {
        id: 'ticket-assign',
        label: t('ticket.act.assign'),
        icon: UserRoundPlus,
        run: () => way.open('assignee'),
      },
      {
        id: 'ticket-tags',
        label: t('ticket.act.tags'),
        keys: 'T',
        icon: Tag,
        run: () => way.open('tags'),
      },
      ...statuses.value
        .filter((it) => it.value !== props.ticket.status)
        .map((it) => ({
          id: `ticket-status-${it.value}`,
          label: t('ticket.act.status', { to: it.label }),
          icon: it.value === 'resolved' ? CheckCheck : CircleDot,
          run: () => setStatus(it.value),
        })),
      ...priorities.value
        .filter((it) => it.value !== props.ticket.priority)
        .map((it) => ({
          id: `ticket-priority-${it.value}`,
          label: t('ticket.act.priority', { to: it.label }),
          icon: Flag,
          run: () => setPriority(it.value),
        })),
      ...rarer.value.map((it) => ({ ...it, id: `ticket-${it.id}` })),
    ].map((it) => ({ ...it, group: 'ticket' as const, run: () => void setTimeout(it.run, 0) })),
  )
}
