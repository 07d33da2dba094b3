/** The names of statuses: those that the product gave are said in the reader's language. */
import { useLanguage } from './index'

const OURS: Record<string, string> = {
  open: 'Open',
  waiting: 'Waiting for the customer',
  resolved: 'Resolved',
}

export function useStatusName() {
  const { t } = useLanguage()
  return (status: { key: string; name: string }): string =>
    OURS[status.key] === status.name ? t(`ticket.status.${status.key}`) : status.name
}
