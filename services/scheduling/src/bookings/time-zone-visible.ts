/**
 * Whether times must be shown with their zone: whoever comes in person is where the clock on the wall is. By telephone or
 * video, or when the service does not say, people may be anywhere.
 */
export function isTimeZoneVisible(locationKind: string | null): boolean {
  return locationKind !== 'IN_PERSON';
}
