-- Who has an export or an import in hand, and until when it is nobody else's.
ALTER TABLE calendar.export ADD COLUMN holder uuid, ADD COLUMN lease timestamptz;
CREATE INDEX export_held ON calendar.export (person) WHERE holder IS NOT NULL;
ALTER TABLE calendar.import ADD COLUMN holder uuid, ADD COLUMN lease timestamptz;
CREATE INDEX import_held ON calendar.import (person) WHERE holder IS NOT NULL;
