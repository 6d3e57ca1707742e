import { setting } from '@kept/subgraph-kit';

const count = setting.positive.int('must be a whole number');

/**
 * How much one person reads before somebody is told [DET-04]. Defaults for a clinic: a front desk meets some 150 people on a
 * full day, a week's calendar shows as many at once; whoever takes all clients away needs more.
 */
export const downloadSettings = {
  KEPT_DOWNLOAD_WINDOW_MINUTES: count.max(1440).default(60),
  KEPT_DOWNLOAD_PEOPLE_MAX: count.default(300),
  KEPT_DOWNLOAD_ROWS_MAX: count.default(20_000),
};

/** More different people or more rows than this within the window is a large download. */
export interface DownloadPolicy {
  readonly windowMinutes: number;
  readonly peopleMax: number;
  readonly rowsMax: number;
}

/** The limits out of the settings. */
export const downloadPolicyOf = (config: {
  KEPT_DOWNLOAD_WINDOW_MINUTES: number;
  KEPT_DOWNLOAD_PEOPLE_MAX: number;
  KEPT_DOWNLOAD_ROWS_MAX: number;
}): DownloadPolicy => ({
  windowMinutes: config.KEPT_DOWNLOAD_WINDOW_MINUTES,
  peopleMax: config.KEPT_DOWNLOAD_PEOPLE_MAX,
  rowsMax: config.KEPT_DOWNLOAD_ROWS_MAX,
});

/** Which limits were in force, as it stands in an alert for ever. */
export const nameOfPolicy = ({ windowMinutes, peopleMax, rowsMax }: DownloadPolicy): string =>
  `v1:${windowMinutes}min:${peopleMax}people:${rowsMax}rows`;
