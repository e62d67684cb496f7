-- An event beside the words of a mail, in iCalendar, and what it asks of its reader.
ALTER TABLE delivery.mail ADD COLUMN calendar_method text, ADD COLUMN calendar text;
