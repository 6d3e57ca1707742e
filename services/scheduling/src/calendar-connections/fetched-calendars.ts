/** What a server gave out, not looked into yet. */
export interface FetchedCalendars {
  /** iCalendar texts; with the zone that the server says the calendar is in. */
  readonly texts: readonly { readonly text: string; readonly zone: string | null }[];
  /** What changes when the calendar does. */
  readonly state: string;
}
