export interface Column {
  key: string
  label: string
  /** Takes the room that is left. */
  wide?: boolean
  /** Numbers stand at the end. */
  end?: boolean
  hideSmall?: boolean
  /** A first column of short values. */
  slim?: boolean
}
