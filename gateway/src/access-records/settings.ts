import { setting } from '@kept/subgraph-kit';
import { z } from 'zod';

const count = setting.positive.int('must be a whole number');

/**
 * How much one person reads before something happens [DET-04]. Compliance counts over all gateways and tells people; here
 * each gateway counts what it has answered itself, to stop at once where that is wanted. The same three limits as there.
 */
export const accessRecordSettings = {
  KEPT_DOWNLOAD_LIMIT: z.enum(['alert', 'step-up', 'throttle']).default('alert'),
  KEPT_DOWNLOAD_WINDOW_MINUTES: count.max(1440).default(60),
  KEPT_DOWNLOAD_PEOPLE_MAX: count.default(300),
  KEPT_DOWNLOAD_ROWS_MAX: count.default(20_000),
};

/** What a gateway does about large downloads. */
export interface DownloadLimits {
  /** Only tell (compliance does), ask for a new sign-in with a second factor, or refuse until the window has passed. */
  readonly reaction: 'alert' | 'step-up' | 'throttle';
  readonly windowMinutes: number;
  readonly peopleMax: number;
  readonly rowsMax: number;
}

/** The limits out of the settings. */
export const downloadLimitsOf = (config: {
  KEPT_DOWNLOAD_LIMIT: DownloadLimits['reaction'];
  KEPT_DOWNLOAD_WINDOW_MINUTES: number;
  KEPT_DOWNLOAD_PEOPLE_MAX: number;
  KEPT_DOWNLOAD_ROWS_MAX: number;
}): DownloadLimits => ({
  reaction: config.KEPT_DOWNLOAD_LIMIT,
  windowMinutes: config.KEPT_DOWNLOAD_WINDOW_MINUTES,
  peopleMax: config.KEPT_DOWNLOAD_PEOPLE_MAX,
  rowsMax: config.KEPT_DOWNLOAD_ROWS_MAX,
});

/** Nobody is stopped here. */
export const ALERT_ONLY: DownloadLimits = {
  reaction: 'alert',
  windowMinutes: 60,
  peopleMax: 300,
  rowsMax: 20_000,
};
