/** Changes many tickets alike, tells what failed, and knows the way back. */
import { api, good, type Schemas } from '@/api/client'
import type { TicketRow } from './rows'
import { plain } from './words'

export type Change = Schemas['TicketPatch']
export interface Failed {
  ticket: TicketRow
  error: Schemas['BulkErrorOut']
}
export interface Step {
  tickets: string[]
  change: Change
}

/** As many as one request takes. */
const AT_ONCE = 200

export async function changeAll(
  tickets: readonly TicketRow[],
  change: Change,
): Promise<{ done: TicketRow[]; failed: Failed[] }> {
  const outcomes = await run({ tickets: tickets.map((it) => it.id), change })
  const errors = new Map(outcomes.map((it) => [it.ticket, it.ok ? null : it.error]))
  const failed = tickets.flatMap((ticket) => {
    const error = errors.get(ticket.id)
    return error ? [{ ticket, error }] : []
  })
  return { done: tickets.filter((it) => !errors.get(it.id)), failed }
}

export async function run(step: Step): Promise<Schemas['BulkItemOut'][]> {
  const outcomes: Schemas['BulkItemOut'][] = []
  for (let from = 0; from < step.tickets.length; from += AT_ONCE) {
    const body = { tickets: step.tickets.slice(from, from + AT_ONCE), change: step.change }
    outcomes.push(...(await good(api.POST('/api/v1/tickets/bulk', { body }))).items)
  }
  return outcomes
}

/** The change that gives a ticket back what it had. */
function back(ticket: TicketRow, change: Change): Change {
  const undone: Change = {}
  if (change.status !== undefined) undone.status = ticket.status
  if (change.priority !== undefined) undone.priority = ticket.priority
  if (change.assignee_agent !== undefined) undone.assignee_agent = ticket.assignee_agent
  if (change.assignee_team !== undefined) undone.assignee_team = ticket.assignee_team
  const had = ticket.tags.map((tag) => plain(tag.name))
  const put = change.add_tags?.filter((name) => !had.includes(plain(name)))
  if (put?.length) undone.remove_tags = put
  const taken = change.remove_tags?.filter((name) => had.includes(plain(name)))
  if (taken?.length) undone.add_tags = taken
  return undone
}

/** The way back for many: tickets that need the same go together. */
export function undoOf(tickets: readonly TicketRow[], change: Change): Step[] {
  const steps = new Map<string, Step>()
  for (const ticket of tickets) {
    const undone = back(ticket, change)
    const key = JSON.stringify(undone)
    if (key === '{}') continue
    const step = steps.get(key) ?? { tickets: [], change: undone }
    step.tickets.push(ticket.id)
    steps.set(key, step)
  }
  return [...steps.values()]
}
