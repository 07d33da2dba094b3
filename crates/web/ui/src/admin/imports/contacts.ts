/** How a table of contacts is read: the form, and the settings that are made of it. */
export const CONTACT_FIELDS = [
  'name',
  'email',
  'phone',
  'organization',
  'language',
  'time_zone',
  'tags',
  'external_id',
] as const

export interface ContactForm {
  /** What each column says, by its name; columns that are not read are absent. */
  columns: Record<string, string>
  region: string
  external_scope: string
  encoding: string
  separator: string
  header: '' | 'yes' | 'no'
}

type Raw = Record<string, unknown>
const text = (value: unknown) => (typeof value === 'string' ? value : '')

export function formOfContacts(source: Raw): ContactForm {
  const columns = (source.columns ?? []) as { column: string; field: string }[]
  return {
    columns: Object.fromEntries(columns.map((it) => [it.column, it.field])),
    region: text(source.region),
    external_scope: text(source.external_scope),
    encoding: text(source.encoding),
    separator: text(source.separator),
    header: source.header === true ? 'yes' : source.header === false ? 'no' : '',
  }
}

/** Settings of a form. Columns come in the order of the file, in which parts of a name are joined. */
export function contactsOf(form: ContactForm, order: readonly string[]): Raw {
  const named = order.filter((column) => form.columns[column])
  return {
    columns: named.map((column) => ({ column, field: form.columns[column] })),
    region: form.region.trim(),
    external_scope: form.external_scope.trim(),
    encoding: form.encoding || null,
    separator: form.separator || null,
    header: form.header === '' ? null : form.header === 'yes',
  }
}
