/** When a reply may go: some times that are often wanted, and any other in the agent's zone. */
export interface Preset {
  name: 'hour' | 'evening' | 'morning' | 'monday'
  at: Date
}

function on(day: Date, days: number, hour: number): Date {
  const at = new Date(day)
  at.setDate(at.getDate() + days)
  at.setHours(hour, 0, 0, 0)
  return at
}

export function presets(now: Date): Preset[] {
  const hour = new Date(Math.ceil((now.getTime() + 3_600_000) / 300_000) * 300_000)
  const untilMonday = (8 - now.getDay()) % 7 || 7
  const all: Preset[] = [
    { name: 'hour', at: hour },
    { name: 'evening', at: on(now, 0, 18) },
    { name: 'morning', at: on(now, 1, 9) },
    { name: 'monday', at: on(now, untilMonday, 9) },
  ]
  // In the evening "this evening" is over, and on Sunday tomorrow is Monday.
  return all.filter(
    (it, i) =>
      it.at > now && !(it.name === 'evening' && it.at <= hour) && !(i === 3 && untilMonday === 1),
  )
}

/** As the field for a date and a time has it: in this zone, without one. */
export function toField(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export const zoneName = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** What is wrong with a time, if anything: it has to come, and within a year. */
export function misfit(at: Date | null, now: Date): 'unread' | 'past' | 'far' | null {
  if (!at || Number.isNaN(at.getTime())) return 'unread'
  if (at <= now) return 'past'
  return at.getTime() - now.getTime() > 365 * 86_400_000 ? 'far' : null
}
