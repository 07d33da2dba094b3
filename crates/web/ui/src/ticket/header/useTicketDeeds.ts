/** What is done with a ticket, each with its word and its way back. */
import { Copy, Hash, MailOpen, Pencil, Printer, UserRound } from '@lucide/vue'
import { computed } from 'vue'
import { useRouter } from 'vue-router'
import { told } from '@/api/problem'
import { session } from '@/api/session'
import { markUnread } from '@/api/views'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { isolate } from '@/i18n/format'
import type { Directory } from '../directory'
import type { Patch, Ticket } from '../useTicket'

const CATEGORY = { open: 'bg-accent', waiting: 'bg-warn', resolved: 'bg-ok' }
const PRIORITY = { low: 'bg-line', normal: 'bg-control', high: 'bg-warn', urgent: 'bg-danger' }
/** What only the head itself can do. */
export interface Way {
  open: (menu: 'status' | 'priority' | 'assignee' | 'tags') => void
  editSubject: () => void
  leave: () => void
}
export interface Subject {
  ticket: Ticket
  directory: Directory
  change: (patch: Patch, said?: string) => Promise<boolean>
}

export function useTicketDeeds(props: Subject, way: Way) {
  const { t } = useLanguage()
  const router = useRouter()
  const statuses = computed(() =>
    props.directory.statuses.value.map((it) => ({
      value: it.key,
      label: props.directory.statusName(it),
      dot: CATEGORY[it.category],
    })),
  )
  const priorities = computed(() =>
    (['low', 'normal', 'high', 'urgent'] as const).map((it) => ({
      value: it as string,
      label: t(`priority.${it}`),
      dot: PRIORITY[it],
    })),
  )

  function setStatus(key: string) {
    const name = isolate(props.directory.statusNamed(key))
    if (key !== props.ticket.status)
      void props.change({ status: key }, t('ticket.done.status', { to: name }))
  }
  function setPriority(value: string) {
    const priority = value as Ticket['priority']
    if (priority !== props.ticket.priority)
      void props.change(
        { priority },
        t('ticket.done.priority', { to: isolate(t(`priority.${priority}`)) }),
      )
  }
  function assign(patch: Patch) {
    const to = patch.assignee_agent ?? patch.assignee_team
    const name = props.directory.nameOf(to)
    const said = name
      ? t('ticket.done.assigned', { to: isolate(name) })
      : t('ticket.done.unassigned')
    void props.change(patch, said)
  }
  const mine = computed(() => props.ticket.assignee_agent === session.agent?.id)
  function takeIt() {
    if (session.agent && !mine.value) assign({ assignee_agent: session.agent.id })
  }
  async function copy(text: string) {
    try {
      await navigator.clipboard.writeText(text)
      toast(t('common.copied'), { tone: 'good' })
    } catch {
      toast(text)
    }
  }
  async function unread() {
    try {
      await markUnread(props.ticket.id)
      toast(t('ticket.done.unread'), { tone: 'good' })
      way.leave()
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
    }
  }
  const link = () => location.origin + router.resolve(`/tickets/${props.ticket.number}`).href

  const rarer = computed(() => [
    {
      id: 'subject',
      label: t('ticket.act.subject'),
      icon: Pencil,
      keys: 'E',
      run: () => way.editSubject(),
    },
    { id: 'unread', label: t('ticket.act.unread'), icon: MailOpen, run: unread },
    { id: 'copy', label: t('ticket.act.copyLink'), icon: Copy, run: () => copy(link()) },
    {
      id: 'number',
      label: t('ticket.act.copyNumber'),
      icon: Hash,
      run: () => copy(`#${props.ticket.number}`),
    },
    {
      id: 'whole',
      label: t('ticket.act.customer'),
      icon: UserRound,
      run: () => void router.push(`/customers/${props.ticket.customer}`),
    },
    {
      id: 'print',
      label: t('ticket.act.print'),
      icon: Printer,
      run: () =>
        void window.open(`/customers/${props.ticket.customer}/print`, '_blank', 'noopener'),
    },
  ])

  return {
    statuses,
    priorities,
    setStatus,
    setPriority,
    assign,
    mine,
    takeIt,
    copy,
    rarer,
  }
}
export type TicketDeeds = ReturnType<typeof useTicketDeeds>
