import type { Figure } from '@kept/subgraph-kit';

/** Counts what somebody must look at, for the metrics: worth an alarm as soon as one is more than zero. */
export class BookAlarms {
  #incidents = 0;
  #repairs = 0;

  noteIncident(): void {
    this.#incidents += 1;
  }

  noteRepair(): void {
    this.#repairs += 1;
  }

  figures(): Figure[] {
    return [
      {
        name: 'kept_payment_incidents_total',
        help: 'Incidents opened: books and payment processor disagree, the books contradict themselves, or an attestation runs out.',
        value: () => this.#incidents,
      },
      {
        name: 'kept_payment_repairs_total',
        help: 'Payments and refunds that reconciliation brought forward: their webhook and their answer were both lost.',
        value: () => this.#repairs,
      },
    ];
  }
}
