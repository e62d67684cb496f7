#include "CIcal.h"
#include <stdlib.h>
#include <string.h>

struct carillon_recurrence {
  icalrecur_iterator *iterator;
};

void carillon_ical_prepare(void) {
  icalerror_set_errors_are_fatal(0);
  icalerror_clear_errno();
}

static bool given(const short *numbers) { return numbers[0] != ICAL_RECURRENCE_ARRAY_MAX; }

// The most times that one day, week, month or year may hold, which a place in it (BYSETPOS) cannot exceed.
static int most_times(icalrecurrencetype_frequency frequency) {
  switch (frequency) {
  case ICAL_DAILY_RECURRENCE:
    return 1;
  case ICAL_WEEKLY_RECURRENCE:
    return 7;
  case ICAL_MONTHLY_RECURRENCE:
    return 31;
  default:
    return 366;
  }
}

// What RFC 5545 forbids and libical 3.0.16 takes, then looks for over five centuries and seconds: weekdays with a number where
// no month or year is counted, and places among nothing or beyond all. So it does with days from a month's end in a daily rule.
static bool can_be_followed(const struct icalrecurrencetype *rule) {
  bool counts_weekdays = (rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_YEARLY_RECURRENCE) &&
                         !given(rule->by_week_no);
  for (int place = 0; place < ICAL_BY_DAY_SIZE && rule->by_day[place] != ICAL_RECURRENCE_ARRAY_MAX; place++)
    if (icalrecurrencetype_day_position(rule->by_day[place]) != 0 && !counts_weekdays)
      return false;
  for (int place = 0; place < ICAL_BY_MONTHDAY_SIZE && rule->by_month_day[place] != ICAL_RECURRENCE_ARRAY_MAX; place++)
    if (rule->by_month_day[place] < 0 && rule->freq == ICAL_DAILY_RECURRENCE)
      return false;
  for (int place = 0; place < ICAL_BY_SETPOS_SIZE && rule->by_set_pos[place] != ICAL_RECURRENCE_ARRAY_MAX; place++)
    if (abs(rule->by_set_pos[place]) > most_times(rule->freq))
      return false;
  return !given(rule->by_set_pos) || given(rule->by_day) || given(rule->by_month_day) || given(rule->by_year_day) ||
         given(rule->by_week_no) || given(rule->by_month);
}

static carillon_rule_verdict parse(const char *text, struct icalrecurrencetype *rule) {
  icalrecurrencetype_clear(rule);
  icalerror_clear_errno();
  *rule = icalrecurrencetype_from_string(text);
  if (icalerrno != ICAL_NO_ERROR || rule->freq == ICAL_NO_RECURRENCE || rule->rscale != NULL) {
    icalerror_clear_errno();
    free(rule->rscale);
    rule->rscale = NULL;
    return CARILLON_RULE_MALFORMED;
  }
  switch (rule->freq) {
  case ICAL_YEARLY_RECURRENCE:
  case ICAL_MONTHLY_RECURRENCE:
  case ICAL_WEEKLY_RECURRENCE:
  case ICAL_DAILY_RECURRENCE:
    break;
  default:
    return CARILLON_RULE_TOO_FINE;
  }
  // Several starts within a day would be as fine as an hourly rule.
  if (rule->by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX || rule->by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX ||
      rule->by_second[0] != ICAL_RECURRENCE_ARRAY_MAX)
    return CARILLON_RULE_TOO_FINE;
  return rule->interval > 0 && can_be_followed(rule) ? CARILLON_RULE_GOOD : CARILLON_RULE_MALFORMED;
}

carillon_rule_verdict carillon_rule_check(const char *text) {
  struct icalrecurrencetype rule;
  return parse(text, &rule);
}

static bool falls_on(const struct icalrecurrencetype *rule, int weekday) {
  for (int place = 0; place < ICAL_BY_DAY_SIZE && rule->by_day[place] != ICAL_RECURRENCE_ARRAY_MAX; place++)
    if (icalrecurrencetype_day_day_of_week(rule->by_day[place]) == (enum icalrecurrencetype_weekday)weekday)
      return true;
  return false;
}

// The first day of the rule in the week of the start, if there is one. Of a rule for every second Sunday that starts on
// another day of a week, libical 3.0.16 gives the Sundays of the wrong weeks.
static struct icaltimetype first_in_week(const struct icalrecurrencetype *rule, struct icaltimetype start) {
  struct icaltimetype day = start;
  if (rule->freq != ICAL_WEEKLY_RECURRENCE || rule->interval == 1)
    return start;
  int first_of_week = rule->week_start == ICAL_NO_WEEKDAY ? ICAL_MONDAY_WEEKDAY : rule->week_start;
  do {
    int weekday = icaltime_day_of_week(day);
    if (falls_on(rule, weekday))
      return day;
    icaltime_adjust(&day, 1, 0, 0, 0);
  } while (icaltime_day_of_week(day) != first_of_week);
  return start;
}

// What a rule leaves open is taken from its start (RFC 5545), here the weekday within a numbered week: left to libical 3.0.16,
// it reads beyond its tables.
static void complete(struct icalrecurrencetype *rule, struct icaltimetype start) {
  if (!given(rule->by_week_no) || given(rule->by_day) || given(rule->by_month_day) || given(rule->by_year_day))
    return;
  rule->by_day[0] = (short)icaltime_day_of_week(start);
  rule->by_day[1] = ICAL_RECURRENCE_ARRAY_MAX;
}

static struct icaltimetype moment(carillon_local_time time) {
  struct icaltimetype moment = icaltime_null_time();
  moment.year = time.year;
  moment.month = time.month;
  moment.day = time.day;
  moment.hour = time.hour;
  moment.minute = time.minute;
  moment.second = time.second;
  return moment;
}

// Of a rule with a count every time must be passed; of the rarest parts nobody has shown that libical skips them rightly.
static bool may_skip(const struct icalrecurrencetype *rule) {
  return rule->count == 0 && rule->by_set_pos[0] == ICAL_RECURRENCE_ARRAY_MAX &&
         rule->by_week_no[0] == ICAL_RECURRENCE_ARRAY_MAX && rule->by_year_day[0] == ICAL_RECURRENCE_ARRAY_MAX;
}

carillon_recurrence *carillon_recurrence_open(const char *text, carillon_local_time first,
                                              const carillon_local_time *after, char *until) {
  struct icalrecurrencetype rule;
  until[0] = 0;
  if (parse(text, &rule) != CARILLON_RULE_GOOD)
    return NULL;
  if (!icaltime_is_null_time(rule.until)) {
    char *text_form = icaltime_as_ical_string_r(rule.until);
    if (text_form) {
      strncpy(until, text_form, 31);
      until[31] = 0;
      free(text_form);
    }
    rule.until = icaltime_null_time();
  }
  complete(&rule, moment(first));
  struct icaltimetype start = first_in_week(&rule, moment(first));
  icalrecur_iterator *iterator = icalrecur_iterator_new(rule, start);
  if (!iterator) {
    icalerror_clear_errno();
    return NULL;
  }
  if (after && may_skip(&rule) && icaltime_compare(moment(*after), start) > 0)
    icalrecur_iterator_set_start(iterator, moment(*after));
  carillon_recurrence *recurrence = malloc(sizeof *recurrence);
  recurrence->iterator = iterator;
  return recurrence;
}

bool carillon_recurrence_next(carillon_recurrence *recurrence, carillon_local_time *next) {
  struct icaltimetype time = icalrecur_iterator_next(recurrence->iterator);
  if (icaltime_is_null_time(time))
    return false;
  *next = (carillon_local_time){time.year, time.month, time.day, time.hour, time.minute, time.second};
  return true;
}

void carillon_recurrence_close(carillon_recurrence *recurrence) {
  icalrecur_iterator_free(recurrence->iterator);
  free(recurrence);
}
