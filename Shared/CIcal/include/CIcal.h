// libical with what Swift cannot do comfortably: a recurrence rule is a struct with arrays of hundreds of numbers.
#pragma once
#include <libical/ical.h>
#include <stdbool.h>

typedef struct carillon_recurrence carillon_recurrence;

// A local time of no zone.
typedef struct { int year, month, day, hour, minute, second; } carillon_local_time;

// Why a rule was refused.
typedef enum { CARILLON_RULE_GOOD, CARILLON_RULE_MALFORMED, CARILLON_RULE_TOO_FINE } carillon_rule_verdict;

// Once per process, before anything else here: by default libical's errors may abort.
void carillon_ical_prepare(void);

// Looks at the value of an RRULE. Rules that repeat within a day are too fine, and calendars of other cultures malformed.
carillon_rule_verdict carillon_rule_check(const char *rule);

// Opens a series of local times. Any end that the rule has is left to the caller, since it may be in UTC: `until` gets
// its text form, or the empty text (at least 32 bytes). Times before `after`, which may be NULL, are skipped where that can
// be done at once. NULL when the rule is bad or never comes true.
carillon_recurrence *carillon_recurrence_open(const char *rule, carillon_local_time first,
                                              const carillon_local_time *after, char *until);
bool carillon_recurrence_next(carillon_recurrence *recurrence, carillon_local_time *next);
void carillon_recurrence_close(carillon_recurrence *recurrence);
