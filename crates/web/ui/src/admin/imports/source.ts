/** How a phone log is read: the form, and the settings that are made of it. */
export const FIELDS = [
  'started',
  'answered',
  'ended',
  'direction',
  'from',
  'from_name',
  'to',
  'to_name',
  'customer',
  'customer_name',
  'our_number',
  'extension',
  'queue',
  'duration',
  'talk',
  'wait',
  'hold',
  'disposition',
  'hangup_cause',
  'recording',
  'voicemail',
  'transferred_to',
  'cost',
  'currency',
  'call_key',
  'leg_key',
] as const
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'windows-1254'] as const
export const SEPARATORS = [',', ';', '\t', '|'] as const
export const POLICIES = ['reject', 'earlier', 'later'] as const

export interface SourceForm {
  format: string
  time_zone: string
  dst: string
  region: string
  encoding: string
  separator: string
  header: '' | 'yes' | 'no'
  own_numbers: string
  /** What each column says, by its name. */
  columns: Record<string, string>
  time_format: string
  decimal_mark: string
  duration_unit: string
  /** What the form does not show, as it was read. */
  rest: Record<string, unknown>
  restMapping: Record<string, unknown>
}

type Raw = Record<string, unknown>
const text = (value: unknown) => (typeof value === 'string' ? value : '')

export function formOfSource(source: Raw): SourceForm {
  const mapping = (source.mapping ?? {}) as Raw
  const columns = (mapping.columns ?? []) as { column: string; field: string }[]
  return {
    format: text(source.format) || 'mapped',
    time_zone: text(source.time_zone),
    dst: text(source.dst) || 'reject',
    region: text(source.region),
    encoding: text(source.encoding),
    separator: text(source.separator),
    header: source.header === true ? 'yes' : source.header === false ? 'no' : '',
    own_numbers: ((source.own_numbers ?? []) as string[]).join('\n'),
    columns: Object.fromEntries(columns.map((it) => [it.column, it.field])),
    time_format: text(mapping.time_format),
    decimal_mark: text(mapping.decimal_mark) || 'point',
    duration_unit: text(mapping.duration_unit) || 'seconds',
    rest: source,
    restMapping: mapping,
  }
}

export function sourceOf(form: SourceForm, needsMapping: boolean): Raw {
  // The order of the columns is theirs in the file: several of one field are read as one text.
  const columns = Object.entries(form.columns)
    .filter(([, field]) => field)
    .map(([column, field]) => ({ column, field }))
  return {
    ...form.rest,
    format: form.format,
    time_zone: form.time_zone.trim(),
    dst: form.dst,
    region: form.region.trim().toUpperCase(),
    encoding: form.encoding || null,
    separator: form.separator || null,
    header: form.header ? form.header === 'yes' : null,
    own_numbers: form.own_numbers
      .split(/[\n,]/)
      .map((it) => it.trim())
      .filter(Boolean),
    mapping: needsMapping
      ? {
          ...form.restMapping,
          columns,
          time_format: form.time_format,
          decimal_mark: form.decimal_mark,
          duration_unit: form.duration_unit,
        }
      : null,
  }
}

/** How far an import has come, from 0 to 1. */
export const progress = (read: number, size: number): number =>
  size > 0 ? Math.min(1, read / size) : 0
