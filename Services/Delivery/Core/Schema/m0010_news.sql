-- Jobs that wait for news of their person; few and short-lived, so this stays next to empty.
CREATE INDEX job_without_news ON delivery.job (person) WHERE reason = 'person unknown';
